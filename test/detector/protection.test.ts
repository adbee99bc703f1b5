/** What keeps an attack from becoming normal: the gate for what is rare, the breaker for bursts. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { uniforms } from '../../fixtures/random.ts'
import { Protection, type ProtectionState, SLACK, type Treatment } from '../../pipeline/protection.ts'
import { normals } from './streams.ts'

/** What was done with a record, and the scores that were counted with it. */
interface Judged {
  readonly treatment: Treatment
  readonly counted: readonly number[]
}

function judge(protection: Protection, score: number, p: number | null, scarce = true): Judged {
  const counted: number[] = []
  const treatment = protection.judge(score, 0, p, scarce, each => counted.push(each))
  return { treatment, counted }
}

/** What was done with records of these scores and one p-value. */
const judgeAll = (protection: Protection, scores: readonly number[], p: number | null = 0.5) =>
  scores.map(score => judge(protection, score, p))

const isHeld = ({ treatment }: Judged) => treatment === 'hold'
const isLearned = ({ treatment }: Judged) => treatment === 'learn'
const heldOf = (judged: readonly Judged[]) => judged.filter(isHeld).length
const share = (judged: readonly Judged[]) => judged.filter(isLearned).length / judged.length
const countedOf = (judged: readonly Judged[]) => judged.flatMap(({ counted }) => counted)

/** A protection that has seen `count` quiet records. */
function quiet(horizon: number, count = 1000): Protection {
  const protection = new Protection(horizon, 1)
  const uniform = uniforms(1)
  for (let i = 0; i < count; i++) judge(protection, uniform(), uniform())
  return protection
}

test('of the records well above the .9 quantile a twentieth passes the gate, below it all are; all of them count', () => {
  const uniform = uniforms(3)
  const normal = normals(uniform)
  const deviation = 20 * SLACK
  const score = () => deviation * normal()
  const protection = new Protection(2000, 7)
  judgeAll(protection, Array.from({ length: 5000 }, score))
  const scores = Array.from({ length: 40_000 }, score)
  const judgements = judgeAll(protection, scores)
  const where = (holds: (place: number) => boolean) =>
    judgements.filter((_, i) => holds(scores[i] / deviation))
  // The quantile of a normal distribution is 1.28; it is followed in steps of .003 standard deviations, which scatter
  // by about √(.003 × .09 / (2 × .175)) = .03: with the slack of .05 all below 1.28 + .05 − .12 = 1.21 is learned, and
  // all above 1.28 + .05 + .12 = 1.45 is gated.
  assert.is(share(where(place => place < 1.21)), 1)
  const above = where(place => place > 1.45)
  assert.ok(Math.abs(share(above) - 0.05) < 4 * Math.sqrt((0.05 * 0.95) / above.length), `${share(above)}`)
  // P(above 1.33) = .092, so in all 1 − .95 × .092 = .913 are learned; .12 more or less is .02 in probability.
  assert.ok(Math.abs(share(judgements) - 0.913) < 0.02, `${share(judgements)}`)
  assert.equal(countedOf(judgements), scores)
})

test('the gate waits for 24 scores', () => {
  const rising = Array.from({ length: 24 }, (_, i) => i)
  const protection = new Protection(2000, 1)
  assert.ok(judgeAll(protection, rising).every(isLearned))
  // The 25th is above the quantile of those before it: among a hundred such attempts some are not learned.
  const attempts = Array.from({ length: 100 }, (_, seed) => {
    const other = new Protection(2000, seed)
    judgeAll(other, rising)
    return judge(other, 100, null)
  })
  assert.ok(share(attempts) > 0 && share(attempts) < 0.2, `${share(attempts)}`)
})

test('scores that differ by less than the slack are all learned: none stands out', () => {
  for (const spread of [0, 0.99 * SLACK]) {
    const uniform = uniforms(6)
    const scores = Array.from({ length: 2000 }, () => 5 + spread * uniform())
    assert.ok(judgeAll(new Protection(2000, 1), scores).every(isLearned))
  }
})

test('a burst is held back from its sixth alarm on, for as many records as allowed', () => {
  for (const horizon of [1, 50, 2000]) {
    const judgements = judgeAll(quiet(horizon), Array(3000).fill(0.5), 0.001)
    const first = judgements.findIndex(isHeld)
    // Every alarm adds .8, and more than 4 opens: the sixth does, or the fifth by a rounding; less what was there before.
    assert.ok(first >= 2 && first <= 5, `${first}`)
    assert.is(heldOf(judgements), horizon)
    assert.ok(judgements.slice(first, first + horizon).every(isHeld))
    // What led to the burst is never counted; what goes on after it is.
    const counted = countedOf(judgements.slice(0, first + horizon))
    assert.ok(counted.length <= 1, `${counted.length}`)
    assert.is(countedOf(judgements.slice(first + horizon)).length, 3000 - first - horizon)
  }
})

test('only what alarms is held back: normal records between those of a burst are learned', () => {
  const protection = quiet(2000)
  const judgements = Array.from({ length: 600 }, (_, i) => judge(protection, 0.5, i % 2 ? 0.5 : 0.001))
  const [attacks, others] = [0, 1].map(rest => judgements.filter((_, i) => i % 2 === rest))
  // Two records add .6 together: 4 are passed within fourteen.
  assert.ok(heldOf(attacks) > 290, `${heldOf(attacks)}`)
  assert.is(heldOf(others), 0)
})

test('while a burst lasts, what nearly alarms is held back, too', () => {
  const protection = quiet(2000)
  judgeAll(protection, Array(20).fill(0.5), 0.001)
  assert.ok(isHeld(judge(protection, 0.5, 0.05)))
  assert.not(isHeld(judge(protection, 0.5, 0.051)))
})

test('after a burst the breaker closes, and with time the next burst has a horizon of its own', () => {
  const protection = quiet(100)
  judgeAll(protection, Array(300).fill(0.5), 0.001)
  // The sum is at its largest, 20: it falls by .2 a record and is below .5 after 98 of them.
  judgeAll(protection, Array(94).fill(0.5), 0.9)
  assert.not(isHeld(judge(protection, 0.5, 0.001)), 'still the first burst, whose horizon is over')
  // A tenth is given back for every record: ten times the horizon, and the time until the sum is below .5.
  judgeAll(protection, Array(1200).fill(0.5), 0.9)
  assert.is(heldOf(judgeAll(protection, Array(300).fill(0.5), 0.001)), 100)
})

test('a pair of alarms waits until it is clear that it is no burst, and is counted then', () => {
  const protection = quiet(2000)
  judgeAll(protection, Array(20).fill(0.5), 0.9)
  const judged = [3, 4, 0.1, 0.2, 0.3, 0.4, 0.6, 0.7, 0.8].map((score, i) =>
    judge(protection, score, i < 2 ? 0.001 : 0.9),
  )
  // .8 and 1.6, then .2 less each: below .5 at the sixth record after the pair.
  assert.equal(
    judged.slice(0, 2).map(({ counted }) => counted),
    [[], []],
  )
  assert.equal(
    judged.slice(2, 7).map(({ counted }) => counted.length),
    [1, 1, 1, 1, 1],
  )
  assert.equal(judged[7].counted, [3, 4, 0.7])
  assert.equal(judged[8].counted, [0.8])
  // Among many scores a pair does no harm.
  for (const score of [3, 4]) assert.equal(judge(protection, score, 0.001, false).counted, [score])
})

test('alarms at the rate of alpha are no burst', () => {
  const uniform = uniforms(5)
  const protection = new Protection(2000, 1)
  const judgements = Array.from({ length: 50_000 }, () => judge(protection, uniform(), uniform()))
  // Five alarms within some ten records have a chance of about 50,000 × 252 × 10⁻¹⁰.
  assert.is(heldOf(judgements), 0)
})

test('without a p-value there is no burst', () => {
  assert.is(heldOf(judgeAll(quiet(2000), Array(500).fill(9), null)), 0)
})

test('a horizon of 0 accepts everything and remembers nothing', () => {
  const protection = new Protection(0, 1)
  const before = protection.state()
  const uniform = uniforms(2)
  for (let i = 0; i < 1000; i++) {
    const score = uniform()
    const judged = judge(protection, score, i < 500 ? uniform() : 0.0001)
    assert.equal(judged, { treatment: 'learn', counted: [score] })
  }
  assert.equal(protection.state(), before)
})

/** Scores with a burst in their middle, as pairs of score and p-value. */
const eventful = () => {
  const uniform = uniforms(9)
  return Array.from({ length: 900 }, (_, i): [number, number | null] => [
    10 * uniform() + (i > 400 && i < 500 ? 50 : 0),
    i < 100 ? null : i > 400 && i < 500 ? 0.001 : uniform(),
  ])
}

// Before anything, while the quantile is exact, when it no longer is, within a burst, after it.
for (const stop of [0, 10, 24, 200, 247, 248, 249, 404, 450, 520, 800]) {
  test(`put back after ${stop} records it goes on bit for bit`, () => {
    const straight = new Protection(60, 4)
    for (const [score, p] of eventful().slice(0, stop)) judge(straight, score, p)
    const resumed = new Protection(60, 5)
    resumed.restore(straight.state())
    for (const [score, p] of eventful().slice(stop)) {
      assert.equal(judge(resumed, score, p), judge(straight, score, p))
    }
    assert.equal(resumed.state(), straight.state())
  })
}

test('a state that cannot be one is refused and changes nothing', () => {
  const before = quiet(2000, 50).state()
  const counters = (at: number, value: number) => ({ counters: before.counters.with(at, value) })
  const wrong: Partial<ProtectionState>[] = [
    { first: Float64Array.of(1, 2) },
    { first: before.first.toReversed() },
    { first: before.first.with(49, Number.NaN) },
    { first: before.first.with(49, Infinity) },
    { pending: Float64Array.of(Number.NaN) },
    { pending: new Float64Array(21) },
    { counters: before.counters.slice(1) },
    { counters: new Float64Array(0) },
    counters(0, Number.NaN),
    counters(1, 49),
    counters(1, 1000),
    counters(1, -1),
    counters(2, -1),
    counters(2, 21),
    counters(2, Number.NaN),
    counters(3, 0.5),
    counters(3, -1),
    { random: new Uint32Array(4) },
    { random: Uint32Array.of(1, 2, 3) },
    counters(4, -1),
    counters(4, 2002),
    counters(4, Number.NaN),
    // The moments that follow the five counters are refused as such.
    counters(5, -1),
    counters(7, -1),
  ]
  for (const change of wrong) {
    const fresh = new Protection(2000, 1)
    assert.throws(() => fresh.restore({ ...before, ...change }), /^Expected .*, got /, JSON.stringify(change))
    assert.equal(fresh.state(), new Protection(2000, 1).state(), JSON.stringify(change))
  }
})

test('where one record in five alarms for ever, few scores wait, and what is saved can be loaded', () => {
  const protection = new Protection(2000, 1)
  const counted: number[] = []
  for (let i = 0; i < 1000; i++) {
    const alarms = i < 3 || i % 5 === 0
    protection.judge(alarms ? 50 + i : 0, 0, alarms ? 0.001 : 0.5, true, score => counted.push(score))
  }
  const state = protection.state()
  assert.is(state.pending.length, 20)
  // The oldest of them turned out to be no beginning of a burst.
  assert.ok(counted.filter(score => score >= 50).length > 150)
  const other = new Protection(2000, 1)
  other.restore(state)
  assert.equal(other.state(), state)
})

test.run()
