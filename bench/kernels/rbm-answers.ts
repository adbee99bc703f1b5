/** What the restricted Boltzmann machine says about rows, and samples from it. */
import { uniforms } from '../../fixtures/random.ts'
import type { Product } from '../../pipeline/experts/product.ts'
import * as reference from '../../test/reference/rbm.ts'
import type { Kernel, Running, Size } from './kernel.ts'
import { checkProblem, inCalls, normals, oneByOne, type Problem } from './problem.ts'
import { open, productOf, record, six } from './rbm-product.ts'

/** More than a block of rows, and no multiple of anything. */
const ANSWERED_ROWS = 29

/** Answers of the kernel beside those of the oracle; an error counts against the sum of what was added up. */
function answerError(found: ArrayLike<number>, exact: readonly number[], { width, hidden }: Size): number {
  // Every one of H inputs errs by √D roundings of a few units, and their sum by √H of those and H roundings of its own.
  const most = 16 * Math.sqrt(width * hidden) * 2 ** -24
  const scale = (x: number) => most + 4 * 2 ** -24 * Math.sqrt(hidden) * Math.abs(x)
  return exact.reduce((worst, x, i) => Math.max(worst, Math.abs(found[i] - x) / scale(x)), 0)
}

function answering(
  name: string,
  what: string,
  sizes: readonly Size[],
  counted: Pick<Kernel, 'perWeight' | 'sweeps'>,
  work: (product: Product, problem: Problem) => Running['run'],
  ask: (product: Product, rows: Float32Array) => ArrayLike<number>,
  oracle: (machine: reference.Machine, row: Float32Array) => readonly number[],
): Kernel {
  return {
    name,
    what,
    sizes,
    anySize: true,
    ...counted,
    open: (size, relaxed) => open(size, {}, relaxed, work),
    check(size, relaxed, seed) {
      const problem = checkProblem(size, ANSWERED_ROWS, seed)
      const product = productOf(size, {}, relaxed, problem)
      const machine = reference.machineOf(product)
      const each = Array.from({ length: ANSWERED_ROWS }, (_, k) =>
        problem.rows.subarray(k * size.width, (k + 1) * size.width),
      )
      const exact = each.flatMap(row => oracle(machine, row))
      const error = answerError(ask(product, problem.rows), exact, size)
      product.release()
      return error
    },
  }
}

const eachRow = (product: Product, rows: Float32Array, ask: (row: Float32Array) => Iterable<number>) =>
  Array.from({ length: rows.length / product.width }, (_, k) =>
    Array.from(ask(rows.subarray(k * product.width, (k + 1) * product.width))),
  ).flat()

const freeEnergies = answering(
  'rbm/free-energies',
  'free energy of a row, many rows a call',
  six,
  // W is read once for a block of rows: 24, or fewer where they are long.
  { perWeight: 1, sweeps: 1 / 24 },
  (product, { rows, width }) => inCalls(rows, width, rows => product.freeEnergies(rows)),
  (product, rows) => product.freeEnergies(rows),
  (machine, row) => [reference.freeEnergy(machine, row)],
)

const freeEnergy = answering(
  'rbm/free-energy',
  'free energy of a row, a call a row',
  six,
  { perWeight: 1, sweeps: 1 },
  (product, { rows, width }) => oneByOne(rows, width, row => product.freeEnergy(row)),
  (product, rows) => eachRow(product, rows, row => [product.freeEnergy(row)]),
  (machine, row) => [reference.freeEnergy(machine, row)],
)

const surprise = answering(
  'rbm/surprise',
  'surprise of every field of a record',
  [record],
  {},
  (product, { rows, width }) => oneByOne(rows, width, row => product.surprise(row)),
  (product, rows) => eachRow(product, rows, row => product.surprise(row)),
  (machine, row) => reference.surprise(machine, row),
)

/** Gibbs chains, so that what is fixed for a call is little of it. */
const CHAINS = 32

/** Parameters with which one state is certain from wherever a chain starts: what hidden and visible units agree on. */
function certainState({ width, hidden }: Size, seed: number): { problem: Problem; state: number[] } {
  const uniform = uniforms(seed)
  const up = Array.from({ length: hidden }, (_, j) => (j === 0 || uniform() < 0.5 ? 1 : -1))
  const state = Array.from({ length: width }, () => Number(uniform() < 0.5))
  const strength = 40 / up.filter(sign => sign > 0).length
  const signs = Float32Array.from(state, on => (on ? 1 : -1))
  const noise = normals(uniform, width * hidden, strength / 10)
  const w = Float32Array.from(noise, (x, k) => x + strength * signs[k % width] * up[Math.floor(k / width)])
  // Larger than any sum over a row of W, which is at most strength × D and a tenth of it.
  const c = Float32Array.from(up, sign => sign * (40 + 1.5 * strength * width))
  return { problem: { width, hidden, w, b: new Float32Array(width), c, rows: new Float32Array(0) }, state }
}

const sample: Kernel = {
  name: 'rbm/sample',
  what: `a sweep of one of ${CHAINS} Gibbs chains`,
  sizes: six.filter(({ width }) => width < 4096),
  anySize: true,
  perWeight: 1,
  // Four chains share each visit of W.
  sweeps: 1 / 4,
  open: (size, relaxed) =>
    open(size, {}, relaxed, product => count => {
      const sweeps = Math.max(1, Math.round(count / CHAINS))
      product.sample(CHAINS, sweeps)
      return CHAINS * sweeps
    }),
  check(size, relaxed, seed) {
    const { problem, state } = certainState(size, seed)
    const product = productOf(size, {}, relaxed, problem)
    const drawn = product.sample(CHAINS, 2)
    product.release()
    return drawn.every((value, i) => value === state[i % size.width]) ? 0 : Number.POSITIVE_INFINITY
  },
}

export const answeringKernels: readonly Kernel[] = [
  freeEnergies,
  freeEnergy,
  // Its oracle would not be done with other sizes today.
  { ...surprise, anySize: false },
  sample,
]
