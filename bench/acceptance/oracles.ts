/**
 * Every family that learns by contrastive divergence beside its float64 oracle, in turns of one run: microseconds an update,
 * and how many arithmetic operations a second that is beside those of the Boltzmann machine's CD-1.
 *
 * The oracle does less: two gradients and the step, without drawing a reconstruction. Operations are those that the
 * mathematics needs, additions and multiplications one each, and 16 for an exponential, a logarithm or a sigmoid.
 */
import { uniforms } from '../../fixtures/random.ts'
import { familyNamed } from '../../pipeline/experts/index.ts'
import type { FamilyOptions, VisibleGroup } from '../../pipeline/experts/product.ts'
import type { Oracle } from '../../test/reference/oracle.ts'
import { randomRows } from '../../test/reference/rows.ts'
import type { Contestant } from '../kernels/contestant.ts'
import { race } from '../kernels/race.ts'
import { median, medianRatio } from '../kernels/statistics.ts'
import type { Finding } from './finding.ts'
import { mention, working } from './progress.ts'

interface Subject {
  readonly family: string
  readonly visible: readonly VisibleGroup[]
  readonly options: FamilyOptions
  /** Of one update. */
  readonly operations: number
}

const FUNCTION = 16
const [D, M] = [64, 64]
const reals: readonly VisibleGroup[] = [{ kind: 'real', size: D }]

/** Columns of roots, or rows of filters, of the families that invert a matrix. */
const H = 64
const N = 32
const [T, S, K, E] = [16, 16, 8, 8]

const subjects: readonly Subject[] = [
  {
    family: 'rbm',
    visible: [{ kind: 'bernoulli', size: D }],
    options: { hidden: M, persistentChains: 0, averaging: false },
    // W·v, the input of the reconstruction, W·v′, and the update.
    operations: 8 * D * M + FUNCTION * (D + 2 * M),
  },
  {
    family: 'unigauss',
    visible: reals,
    options: { experts: M },
    // Of each value: two distances, a variance, a share of the reconstruction, the update.
    operations: (10 + FUNCTION + 2 + 16) * M * D,
  },
  {
    family: 'unifac',
    visible: reals,
    options: { experts: M },
    operations: (24 + FUNCTION + 4 + 40) * M * D,
  },
  {
    family: 'mixture',
    visible: reals,
    options: { experts: M / 4, components: 4 },
    operations: (10 + 2 + 16) * M * D,
  },
  {
    family: 'gaussian',
    visible: reals,
    options: { experts: 2, rank: H / 2 },
    // Λ = AᵀA and its factor, for a draw of the product itself; residuals, two phases and the step.
    operations: H * D ** 2 + D ** 3 / 3 + 16 * D * H,
  },
  {
    family: 'student',
    visible: [{ kind: 'real', size: N }],
    options: { experts: N },
    // Σ u J Jᵀ and its factor; three times J·v, two phases and the step.
    operations: N * N ** 2 + N ** 3 / 3 + 14 * N * N,
  },
  {
    family: 'hmm',
    visible: new Array<VisibleGroup>(T).fill({ kind: 'index', size: S }),
    options: { experts: E, states: K },
    // Both recursions and the counts of transitions, twice; what the experts say of each symbol; logarithms kept normalised.
    operations: 14 * K ** 2 * E * T + T * S * (2 * E + FUNCTION) + 3 * FUNCTION * (K ** 2 + S * K) * E,
  },
]

const ROWS = 256

async function oracleOf({ family, visible }: Subject, options: FamilyOptions): Promise<Oracle> {
  const { oracle } = await import(`../../test/reference/${family}.ts`)
  return oracle(visible, options)
}

/** Time `count` calls of `work` after `warm`, µs each. */
const turnOf = (label: string, work: (n: number) => void): Contestant => ({
  label,
  async turn(warm, count) {
    for (let n = 0; n < warm; n++) work(n)
    const started = performance.now()
    for (let n = 0; n < count; n++) work(n)
    return (1000 * (performance.now() - started)) / count
  },
})

/** The kernel and the oracle of a family, at the same rows and parameters. */
async function contestantsOf(subject: Subject): Promise<[Contestant, Contestant]> {
  const { family, visible, options } = subject
  const product = familyNamed(family).create(visible, { ...options, seed: 1 })
  const rows = randomRows(visible, ROWS, uniforms(1)).map(value =>
    visible[0].kind === 'real' ? value / 20 : value,
  )
  product.initialise(rows)
  product.learnMany(rows)
  const oracle = await oracleOf(subject, product.options)
  const tensors = product.tensors()
  const parameters = Object.fromEntries(
    oracle.parameters.map(name => [name, Float64Array.from(tensors[name].data)]),
  )
  const row = (n: number) => rows.subarray((n % ROWS) * product.width, ((n % ROWS) + 1) * product.width)
  const update = (n: number) => {
    const [own, other] = [oracle.gradient(parameters, row(n)), oracle.gradient(parameters, row(n + 1))]
    const difference = Object.fromEntries(
      oracle.parameters.map(name => [name, own[name].map((value, i) => value - other[name][i])]),
    )
    oracle.step(parameters, difference, product.options)
  }
  return [turnOf(family, n => product.learnOne(row(n))), turnOf(`${family}, oracle`, update)]
}

export async function* oracles(): AsyncGenerator<Finding> {
  const pairs = await Promise.all(subjects.map(contestantsOf))
  working('every family and its oracle, in turns')
  const times = await race(pairs.flat(), { rounds: 15, milliseconds: 20 })
  const [machine] = subjects
  const machineTimes = times.get(pairs[0][0])!
  for (const [n, [kernel, oracle]] of pairs.entries()) {
    const [own, theirs] = [times.get(kernel)!, times.get(oracle)!]
    const { family, operations } = subjects[n]
    mention(`${family}: ${median(own).toFixed(1)} µs an update, its oracle ${median(theirs).toFixed(0)} µs`)
    yield { what: `${family}: times as fast as its oracle`, figure: medianRatio(theirs, own), goal: 1 }
    yield {
      what: `${family}: operations a second, in those of rbm`,
      figure: (operations / machine.operations) * medianRatio(machineTimes, own),
      goal: 0.1,
    }
  }
}
