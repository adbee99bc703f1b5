/** Updates of the restricted Boltzmann machine. */
import type { FamilyOptions } from '../../pipeline/experts/product.ts'
import { learn, type State, stateOf } from '../../test/reference/learning.ts'
import type { Kernel, Size } from './kernel.ts'
import { checkProblem, inCalls, oneByOne } from './problem.ts'
import { open, productOf, record, six, TIMED_RATE } from './rbm-product.ts'

const CHECKED_ROWS = 3

/**
 * What a mean may be off by. An input is a sum of up to N products, N the larger of D and H, whose magnitudes add up to
 * about 2 √N. Every addition errs by at most 2^-24 of the sum so far, and √N of N errors without a common sign remain:
 * 2 N 2^-24. Eight times that is far from what is found, and a thousandth of what one wrong mean makes. A mean errs by a
 * quarter of its input.
 */
const meanError = ({ width, hidden }: Size) => 4 * Math.max(width, hidden) * 2 ** -24

/** A product that is to learn, the same for the oracle, and rows for both. */
function pupils(size: Size, options: FamilyOptions, relaxed: boolean, seed: number) {
  const problem = checkProblem(size, CHECKED_ROWS, seed)
  // What a row changes in the inputs at the next is of the size of a mean.
  const learningRate = 1 / size.width
  const product = productOf(size, { ...options, learningRate, seed }, relaxed, problem)
  if (Number(product.options.persistentChains) > 0) product.initialise(problem.rows)
  const rows = Array.from({ length: CHECKED_ROWS }, (_, k) =>
    problem.rows.subarray(k * size.width, (k + 1) * size.width),
  )
  return { product, oracle: stateOf(product), together: problem.rows, rows }
}

/** A few updates by the kernel and by the oracle with the same random numbers: the largest difference in tolerances. */
function learningError(size: Size, options: FamilyOptions, relaxed: boolean, seed: number, many: boolean) {
  const { product, oracle, together, rows } = pupils(size, options, relaxed, seed)
  for (const row of rows) {
    learn(oracle, size.visible, product.options, row)
    if (!many) product.learnOne(row)
  }
  if (many) product.learnMany(together)
  const { 'experts.w': w, 'experts.b': b, 'experts.c': c } = product.tensors()
  const { centering, learningRate } = product.options
  product.release()
  return worstOf(oracle, [w.data, b.data, c.data], Number(learningRate) * meanError(size), centering === true)
}

/** Each update may be off by `update`, and is rounded twice. */
function worstOf(
  oracle: State,
  [w, b, c]: readonly ArrayLike<number>[],
  update: number,
  centering: boolean,
): number {
  let worst = 0
  const compare = (found: ArrayLike<number>, at: number, exact: readonly number[], terms: number) => {
    for (const [i, x] of exact.entries()) {
      const allowed = CHECKED_ROWS * (terms * update + 2 * 2 ** -24 * Math.abs(x))
      const error = Math.abs(found[at + i] - x) / allowed
      worst = Math.max(worst, error)
    }
  }
  const [width, hidden] = [oracle.b.length, oracle.c.length]
  for (const [j, row] of oracle.w.entries()) compare(w, j * width, row, 1)
  // With centring a bias moves by a sum over all offsets of the other layer: as many means.
  const terms = centering ? Math.sqrt(Math.max(width, hidden)) : 1
  compare(b, 0, oracle.b, terms)
  compare(c, 0, oracle.c, terms)
  return worst
}

function learning(
  name: string,
  what: string,
  sizes: readonly Size[],
  options: FamilyOptions,
  counted: Partial<Kernel> = {},
): Kernel {
  return {
    name,
    what,
    sizes,
    anySize: true,
    ...counted,
    open: (size, relaxed) =>
      open(size, { ...options, learningRate: TIMED_RATE }, relaxed, (product, { rows, width }) =>
        inCalls(rows, width, rows => product.learnMany(rows)),
      ),
    check: (size, relaxed, seed) => learningError(size, options, relaxed, seed, true),
  }
}

/** Two products with W and two outer products; W is read and written once for a row. */
const plainCounts = { perWeight: 4, sweeps: 2, rivals: true }

const oneRow: Kernel = {
  name: 'rbm/cd1-one-row',
  what: 'CD-1, a call a row',
  sizes: six,
  anySize: true,
  ...plainCounts,
  // Read twice and written once.
  sweeps: 3,
  open: (size, relaxed) =>
    open(size, { learningRate: TIMED_RATE }, relaxed, (product, { rows, width }) =>
      oneByOne(rows, width, row => product.learnOne(row)),
    ),
  check: (size, relaxed, seed) => learningError(size, {}, relaxed, seed, false),
}

const most = six.filter(({ width }) => width < 4096)
const full = { centering: true, momentum: 0.5, weightDecay: 1e-4 }

export const learningKernels: readonly Kernel[] = [
  learning('rbm/cd1', 'CD-1, many rows a call', [...six, record], {}, plainCounts),
  oneRow,
  learning('rbm/cd5', 'CD-5, many rows a call', most, { cdSteps: 5 }),
  learning('rbm/pcd4', 'one step of four persistent chains', most, { persistentChains: 4 }),
  learning('rbm/cd1-full', 'CD-1 with centring, momentum and weight decay', most, full),
]
