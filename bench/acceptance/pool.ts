/** Logarithmic opinion pools: the identity KL(P ‖ q) = Σ w KL(P ‖ Q) + log Z with log Z ≤ 0, on random discrete cases. */
import { uniforms } from '../../fixtures/random.ts'
import { customFamily } from '../../pipeline/custom/custom-family.ts'
import { rbm } from '../../pipeline/experts/rbm.ts'
import { exactLogPartition } from '../../pipeline/likelihood/exact-log-partition.ts'
import { disagreement } from '../../pipeline/pool/disagreement.ts'
import { opinionPool } from '../../pipeline/pool/opinion-pool.ts'
import type { Finding } from './finding.ts'

const CASES = 10_000
const sum = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0)
const KL = (p: readonly number[], q: readonly number[]) =>
  sum(p.map((mass, k) => mass * Math.log(mass / q[k])))

function masses(count: number, uniform: () => number): number[] {
  const odds = Array.from({ length: count }, () => Math.exp(6 * (uniform() - 0.5)))
  return odds.map(each => each / sum(odds))
}

/** A distribution over states as a product: f = b of the state. */
const opinion = (q: readonly number[]) =>
  customFamily({
    name: 'opinion',
    units: ['index'],
    parameters: () => ({ b: Float64Array.from(q, Math.log) }),
    logDensity: ([state], { b }) => b[state],
    rowGradient: () => {},
    parameterGradient: ([state], _, { b }) => {
      b[state] = 1
    },
  }).create([{ kind: 'index', size: q.length }])

function* identity(): Generator<Finding> {
  const uniform = uniforms(1)
  let [error, violation] = [0, Number.NEGATIVE_INFINITY]
  for (let n = 0; n < CASES; n++) {
    const opinions = Array.from({ length: 2 + (n % 3) }, () => masses(2 + (n % 6), uniform))
    const parts = opinions.map(uniform)
    const weights = parts.map(part => part / sum(parts))
    const { logPartition } = disagreement(opinionPool(opinions.map(opinion), weights))
    const powers = opinions[0].map((_, k) =>
      Math.exp(sum(opinions.map((q, m) => weights[m] * Math.log(q[k])))),
    )
    const data = masses(opinions[0].length, uniform)
    const pooled = KL(
      data,
      powers.map(power => power / sum(powers)),
    )
    const average = sum(opinions.map((q, m) => weights[m] * KL(data, q)))
    error = Math.max(error, Math.abs(pooled - average - logPartition))
    violation = Math.max(violation, pooled - average)
  }
  yield {
    what: `the identity, largest error in ${CASES} random cases (1e-15 elsewhere)`,
    figure: error,
    goal: 1e-12,
    bound: 'most',
  }
  yield {
    what: `KL(P‖q) − Σ w KL(P‖Q), the largest in ${CASES} random cases`,
    figure: violation,
    goal: 0,
    bound: 'most',
  }
}

/** Machines with as many visible units as can be enumerated, once exactly and once from samples. */
function* estimate(): Generator<Finding> {
  const size = 17
  const uniform = uniforms(2)
  const members = [1, 2].map(seed => rbm.create([{ kind: 'bernoulli', size }], { hidden: 8, seed }))
  for (const [m, member] of members.entries()) {
    for (let n = 0; n < 2000; n++)
      member.learnOne(
        Float32Array.from({ length: size }, (_, i) => Number(uniform() < (i % 4 === m ? 0.6 : 0.3))),
      )
  }
  const logPartitions = members.map(exactLogPartition)
  const pool = opinionPool(members)
  const { logPartition, standardError } = disagreement(pool, { logPartitions, samples: 4000, sweeps: 100 })
  const rows = Float32Array.from(
    { length: 2 ** size * size },
    (_, i) => (Math.floor(i / size) >> (i % size)) & 1,
  )
  const scores = pool.freeEnergies(rows)
  let total = 0
  for (const energy of scores) total += Math.exp(-energy)
  const exact = Math.log(total) - (logPartitions[0] + logPartitions[1]) / 2
  yield {
    what: `log Z of two Boltzmann machines of 17 units, ${exact.toFixed(4)} nats: an estimate of 4000 samples, standard errors off`,
    figure: Math.abs(logPartition - exact) / standardError,
    goal: 4,
    bound: 'most',
  }
  for (const member of members) member.release()
}

export function* pool(): Generator<Finding> {
  yield* identity()
  yield* estimate()
}
