/** Opinion pools: the identity that says what they gain, what they answer, and what they refuse. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { uniforms } from '../../fixtures/random.ts'
import { Detector } from '../../pipeline/core-detector.ts'
import { frequency } from '../../pipeline/experts/frequency.ts'
import { gaussian } from '../../pipeline/experts/gaussian.ts'
import { prototype } from '../../pipeline/experts/prototype.ts'
import { rbm } from '../../pipeline/experts/rbm.ts'
import { student } from '../../pipeline/experts/student.ts'
import { disagreement } from '../../pipeline/pool/disagreement.ts'
import { opinionPool } from '../../pipeline/pool/opinion-pool.ts'
import { weightsByLabels } from '../../pipeline/pool/weights.ts'
import { throws } from '../contract/subject.ts'
import { biased, quadratic } from '../product/members.ts'

const sum = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0)
const KL = (p: readonly number[], q: readonly number[]) =>
  sum(p.map((mass, k) => mass * Math.log(mass / q[k])))

/** Masses of `count` states, from even to nearly certain. */
function masses(count: number, uniform: () => number): number[] {
  const odds = Array.from({ length: count }, () => Math.exp(6 * (uniform() - 0.5)))
  return odds.map(each => each / sum(odds))
}

function weightsOf(count: number, uniform: () => number): number[] {
  const parts = Array.from({ length: count }, () => (uniform() < 0.2 ? 0 : uniform() + 1e-3))
  return sum(parts) === 0
    ? [1, ...new Array<number>(count - 1).fill(0)]
    : parts.map(part => part / sum(parts))
}

test('KL(P ‖ q) = Σ w KL(P ‖ Q) + log Z, and log Z ≤ 0', () => {
  const uniform = uniforms(1)
  for (let n = 0; n < 1000; n++) {
    const [states, members] = [2 + (n % 6), 1 + (n % 4)]
    const opinions = Array.from({ length: members }, () => masses(states, uniform))
    const weights = weightsOf(members, uniform)
    const pool = opinionPool(
      opinions.map(q => biased(q.map(Math.log))),
      weights,
    )
    const { logPartition, method, standardError } = disagreement(pool)
    const powers = opinions[0].map((_, k) =>
      Math.exp(sum(opinions.map((q, m) => weights[m] * Math.log(q[k])))),
    )
    const pooled = powers.map(power => power / sum(powers))
    const data = masses(states, uniform)
    const average = sum(opinions.map((q, m) => weights[m] * KL(data, q)))
    // Some ten terms of up to 6 nats, each rounded to 1e-16 of itself.
    assert.ok(Math.abs(KL(data, pooled) - average - logPartition) < 1e-12)
    assert.ok(logPartition <= 1e-15 && method === 'enumeration' && standardError === 0)
    assert.ok(members > 1 || Math.abs(logPartition) < 1e-15, 'one member agrees with itself')
  }
})

test('the pool of boltzmann machines is enumerated, and costs what the identity says', () => {
  const visible = [{ kind: 'bernoulli' as const, size: 4 }]
  const members = [1, 2, 3].map(seed => rbm.create(visible, { hidden: 3, seed, learningRate: 0.1 }))
  const uniform = uniforms(3)
  for (const [m, member] of members.entries())
    for (let n = 0; n < 400; n++)
      member.learnOne(Float32Array.from({ length: 4 }, (_, i) => Number(uniform() < (i === m ? 0.9 : 0.3))))
  const pool = opinionPool(members, [0.5, 0.3, 0.2])
  const rows = Float32Array.of(1, 0, 0, 1, 0, 1, 0, 0)
  const { logPartition, costs } = disagreement(pool, { rows })
  assert.ok(logPartition < -0.01)
  // log Σ e^−F over the sixteen settings, of the pool itself.
  const settings = Float32Array.from({ length: 64 }, (_, i) => (Math.floor(i / 4) >> (i % 4)) & 1)
  const logZ = Math.log(sum(Array.from(pool.freeEnergies(settings), energy => Math.exp(-energy))))
  const direct = sum(Array.from(pool.freeEnergies(rows))) / 2 + logZ
  // Energies are float32: some roundings of 1e-7 of about 4 nats.
  assert.ok(costs && Math.abs(costs.pool - direct) < 1e-5)
  assert.ok(
    Math.abs(
      costs.pool - (0.5 * costs.members[0] + 0.3 * costs.members[1] + 0.2 * costs.members[2]) - logPartition,
    ) < 1e-12,
  )
  const conditional = pool.conditional(rows.subarray(0, 4), 2)[0]
  const [off, on] = [0, 1].map(bit => pool.freeEnergy(Float32Array.of(1, 0, bit, 1)))
  assert.ok(Math.abs(conditional - 1 / (1 + Math.exp(on - off))) < 1e-6)
  assert.ok(Math.abs(pool.surprise(rows.subarray(0, 4))[2] + Math.log(1 - conditional)) < 1e-5)
  for (const member of members) member.release()
})

test('log Z of a pool over numbers is estimated from samples of its members', () => {
  const members = [quadratic([[1]], [0]), quadratic([[4]], [6])]
  // F = ½ λ v² − l v: Z = √(2π/λ) e^(l²/2λ).
  const logZ = (precision: number, linear: number) =>
    Math.log((2 * Math.PI) / precision) / 2 + linear ** 2 / (2 * precision)
  const logPartitions = [logZ(1, 0), logZ(4, 6)]
  const pool = opinionPool(members, [0.5, 0.5])
  const exact = logZ(2.5, 3) - (logPartitions[0] + logPartitions[1]) / 2
  const { logPartition, standardError, method } = disagreement(pool, {
    logPartitions,
    samples: 800,
    sweeps: 40,
  })
  assert.is(method, 'samples')
  assert.ok(standardError < 0.05)
  assert.ok(
    Math.abs(logPartition - exact) < 4 * standardError,
    `${logPartition} ± ${standardError} for ${exact}`,
  )
  throws(
    RangeError,
    () => disagreement(pool),
    /log Z of each member \(quadratic, quadratic\).*got none.*estimateLogPartition/,
  )
  // The likeliest value of the pooled Gaussian, 3 / 2.5.
  assert.ok(Math.abs(pool.conditional(Float32Array.of(0), 0)[0] - 1.2) < 1e-3)
})

const families = [prototype, frequency]
function trained(seed: number, ignore: string[]): Detector {
  const detector = new Detector({ families, seed, ignore, why: 8 })
  const uniform = uniforms(seed)
  for (let n = 0; n < 300; n++) detector.observe(record(uniform))
  return detector
}
const record = (uniform: () => number) => {
  const load = 20 + 10 * uniform()
  return { load, heat: 3 * load + uniform(), zone: uniform() < 0.7 ? 'north' : 'south' }
}

test('detectors are pooled by their weights, field by field', () => {
  const members = [trained(1, ['zone']), trained(2, ['load'])]
  const pool = opinionPool(members, [0.75, 0.25])
  const odd = { load: 60, heat: 70, zone: 'moon' }
  const [first, second] = members.map(member => member.scoreOne(odd))
  const { score, why, p } = pool.scoreOne(odd)
  assert.ok(Math.abs((score ?? 0) - (0.75 * (first.score ?? 0) + 0.25 * (second.score ?? 0))) < 1e-9)
  assert.is(p, null)
  const surpriseOf = (reasons: typeof why, field: string) =>
    reasons.find(reason => reason.field === field)?.surprise ?? 0
  for (const field of ['load', 'heat', 'zone']) {
    const pooled = 0.75 * surpriseOf(first.why, field) + 0.25 * surpriseOf(second.why, field)
    assert.ok(Math.abs(surpriseOf(why, field) - pooled) < 1e-9, field)
  }
  const uniform = uniforms(7)
  const before = members.map(member => member.save())
  for (let n = 0; n < 200; n++) pool.observe(record(uniform))
  assert.equal(
    members.map(member => member.save()),
    before,
    'they do not learn unless they are to',
  )
  const verdict = pool.scoreOne(odd)
  assert.ok(verdict.p !== null && verdict.p < 0.01 && verdict.anomaly === true)
  const again = opinionPool(members, [0.75, 0.25], { scores: pool.scores })
  assert.equal(again.scoreOne(odd), verdict)
  opinionPool(members, [0.5, 0.5], { learn: true }).observe(record(uniform))
  assert.is(members[0].learned, 301)
})

test('members without a score are left out', () => {
  const [member, fresh] = [trained(1, []), new Detector({ families })]
  const odd = record(uniforms(9))
  assert.is(opinionPool([member, fresh], [0.5, 0.5]).scoreOne(odd).score, member.scoreOne(odd).score)
  assert.equal(opinionPool([fresh]).scoreOne(odd), { score: null, p: null, anomaly: null, why: [] })
})

test('weights are chosen on labelled records', () => {
  const uniform = uniforms(11)
  const labels = Array.from({ length: 400 }, (_, n) => n % 20 === 0)
  const good = labels.map(label => uniform() + (label ? 0.8 : 0))
  const noise = labels.map(() => 5 * uniform())
  const weights = weightsByLabels([noise, good], labels)
  assert.ok(weights[1] > 0.9 && Math.abs(weights[0] + weights[1] - 1) < 1e-9, `${weights}`)
  throws(
    RangeError,
    () =>
      weightsByLabels(
        [good],
        labels.map(() => true),
      ),
    /anomalies and normal/,
  )
})

test('weights that are none, and other members, are refused', () => {
  const members = [biased([0, 1]), biased([1, 0])]
  throws(RangeError, () => opinionPool(members, [1]), /weight for each of the 2 members/)
  throws(RangeError, () => opinionPool(members, [1.5, -0.5]), /at least 0, got -0.5/)
  throws(RangeError, () => opinionPool(members, [0.5, 0.6]), /add up to 1, got 1.1/)
  throws(TypeError, () => opinionPool([]), /list of at least one/)
  throws(
    TypeError,
    () => opinionPool([members[0], new Detector({ families })] as never),
    /detectors, or products/,
  )
  throws(RangeError, () => opinionPool([members[0], biased([1, 2, 3])]), /same visible layer/)
})

test('what a pool of products makes of huge values is finite', () => {
  const visible = [{ kind: 'real', size: 2 } as const]
  const pool = opinionPool([gaussian.create(visible), student.create(visible)])
  const row = Float32Array.of(3e38, 0.2)
  assert.ok([...pool.surprise(row), ...pool.conditional(row, 0)].every(Number.isFinite))
})

test('one detector twice is refused', () => {
  const detector = new Detector({ families: [prototype] })
  throws(RangeError, () => opinionPool([detector, detector]), /twice/)
})

test.run()
