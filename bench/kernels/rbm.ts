/** The kernels of the restricted Boltzmann machine on dense rows. */

import { uniforms } from '../../fixtures/random.ts'
import type { FamilyOptions, Product } from '../../pipeline/experts/product.ts'
import { rbm } from '../../pipeline/experts/rbm.ts'
import { learn, stateOf } from '../../test/reference/learning.ts'
import * as reference from '../../test/reference/rbm.ts'
import { groups, type Kernel, type Running, type Size, size } from './kernel.ts'
import { checkProblem, inCalls, normals, oneByOne, type Problem, problemOf } from './problem.ts'

export const six = [
  size(784, 500),
  size(256, 500),
  size(100, 40),
  size(64, 32),
  size(640, 64),
  size(4096, 1024),
]
/** A record of 20 fields with 16 bins each. */
export const record = groups(20, 16, 64)

/** Plain CD-1: no chains, no centring, no averages, no decay, means of the visible units. */
const plain: FamilyOptions = {
  cdSteps: 1,
  persistentChains: 0,
  sampleVisible: false,
  learningRateDecay: 0,
  learningRateFloor: 0,
  weightDecay: 0,
  momentum: 0,
  centering: false,
  averaging: false,
}

/** So low that the parameters are the same from the first turn to the last, and with them the work. */
export const TIMED_RATE = 1e-6
const CHECKED_ROWS = 3
/** More than a block of rows, and no multiple of anything. */
const ANSWERED_ROWS = 29

function productOf(size: Size, options: FamilyOptions, relaxed: boolean, { w, b, c }: Problem): Product {
  const product = rbm.create(size.visible, { ...plain, ...options, hidden: size.hidden }, { relaxed })
  const tensors = product.tensors()
  for (const [name, data] of Object.entries({ w, b, c })) {
    tensors[`experts.${name}`] = { ...tensors[`experts.${name}`], data }
  }
  product.restore(tensors)
  return product
}

/** Ready to be timed: `work` makes the loop over the rows. */
function open(
  size: Size,
  options: FamilyOptions,
  relaxed: boolean,
  work: (product: Product, problem: Problem) => Running['run'],
): Running {
  const problem = problemOf(size)
  const product = productOf(size, options, relaxed, problem)
  if (Number(product.options.persistentChains) > 0) product.initialise(problem.rows)
  return { run: work(product, problem), release: () => product.release() }
}

/**
 * What a mean may be off by. An input is a sum of up to N products, N the larger of D and H, that is a few units large
 * on the way: every addition errs by 2^-24 of that, and √N of N such errors remain. Sixteen times √N 2^-24 is far from
 * what is found, and a thousandth of what one wrong mean makes; a mean errs by a quarter of its input.
 */
const meanError = ({ width, hidden }: Size) => 4 * Math.max(width, hidden) * 2 ** -24

/** A few updates by the kernel and by the oracle with the same random numbers: the largest difference in tolerances. */
function learningError(
  size: Size,
  options: FamilyOptions,
  relaxed: boolean,
  seed: number,
  many: boolean,
): number {
  const problem = checkProblem(size, CHECKED_ROWS, seed)
  // What a row changes in the inputs at the next is of the size of a mean.
  const learningRate = 1 / size.width
  const product = productOf(size, { ...options, learningRate, seed }, relaxed, problem)
  if (Number(product.options.persistentChains) > 0) product.initialise(problem.rows)
  const state = stateOf(product)
  const { rows } = problem
  for (let k = 0; k < CHECKED_ROWS; k++) {
    const row = rows.subarray(k * size.width, (k + 1) * size.width)
    learn(state, size.visible, product.options, row)
    if (!many) product.learnOne(row)
  }
  if (many) product.learnMany(rows)
  const found = product.tensors()
  product.release()
  // With centring a bias moves by its sum with all offsets: as many means as there are units.
  const terms = product.options.centering ? Math.sqrt(Math.max(size.width, size.hidden)) : 1
  const update = CHECKED_ROWS * learningRate * meanError(size)
  const worst = (name: string, exact: readonly number[], most: number) =>
    exact.reduce((worst, x, i) => {
      const rounding = 2 * CHECKED_ROWS * 2 ** -24 * Math.abs(x)
      return Math.max(worst, Math.abs(found[name].data[i] - x) / (most + rounding))
    }, 0)
  return Math.max(
    ...state.w.map((row, j) => {
      const columns = found['experts.w'].data.subarray(j * size.width, (j + 1) * size.width)
      return row.reduce(
        (most, x, i) =>
          Math.max(most, Math.abs(columns[i] - x) / (update + 2 * CHECKED_ROWS * 2 ** -24 * Math.abs(x))),
        0,
      )
    }),
    worst('experts.b', state.b, terms * update),
    worst('experts.c', state.c, terms * update),
  )
}

function learning(
  name: string,
  what: string,
  sizes: readonly Size[],
  options: FamilyOptions,
  perWeight?: number,
): Kernel {
  return {
    name,
    what,
    sizes,
    anySize: true,
    perWeight,
    sweeps: perWeight === undefined ? undefined : 2,
    open: (size, relaxed) =>
      open(size, { ...options, learningRate: TIMED_RATE }, relaxed, (product, { rows, width }) =>
        inCalls(rows, width, rows => product.learnMany(rows)),
      ),
    check: (size, relaxed, seed) => learningError(size, options, relaxed, seed, true),
  }
}

const oneRow: Kernel = {
  name: 'rbm/cd1-one-row',
  what: 'CD-1, a call a row',
  sizes: six,
  anySize: true,
  perWeight: 4,
  sweeps: 2,
  rivals: true,
  open: (size, relaxed) =>
    open(size, { learningRate: TIMED_RATE }, relaxed, (product, { rows, width }) =>
      oneByOne(rows, width, row => product.learnOne(row)),
    ),
  check: (size, relaxed, seed) => learningError(size, {}, relaxed, seed, false),
}

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
  perWeight: 2,
  sweeps: 2,
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

const most = six.filter(({ width }) => width < 4096)
const full = { centering: true, momentum: 0.5, weightDecay: 1e-4 }

export const rbmKernels: readonly Kernel[] = [
  { ...learning('rbm/cd1', 'CD-1, many rows a call', [...six, record], {}, 4), rivals: true },
  oneRow,
  learning('rbm/cd5', 'CD-5, many rows a call', most, { cdSteps: 5 }),
  learning('rbm/pcd4', 'one step of four persistent chains', most, { persistentChains: 4 }),
  learning('rbm/cd1-full', 'CD-1 with centring, momentum and weight decay', most, full),
  freeEnergies,
  freeEnergy,
  // Its oracle would not be done with other sizes today.
  { ...surprise, anySize: false },
  sample,
]
