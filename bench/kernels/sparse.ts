/** The kernels of visible units that are mostly off: records of twenty categories, of 32 states each and of thousands. */

import { uniforms } from '../../fixtures/random.ts'
import type { FamilyOptions, Product } from '../../pipeline/experts/product.ts'
import { sparse } from '../../pipeline/experts/sparse.ts'
import { relaxed as relaxedKernels } from '../../pipeline/relaxed.ts'
import { freeEnergy, hiddenMeans, visibleInput } from '../../test/reference/rbm.ts'
import * as reference from '../../test/reference/sparse.ts'
import type { Kernel, Size } from './kernel.ts'
import { inCalls } from './problem.ts'
import { TIMED_RATE } from './rbm-product.ts'

const GROUPS = 20
/** So many that they meet all of the states. */
const ROWS = 4096

/** Groups that have `units` states together, as equal as they can be. */
function categories(units: number, beside?: string): Size {
  const visible = Array.from({ length: GROUPS }, (_, g) => ({
    kind: 'index' as const,
    size: Math.floor(((g + 1) * units) / GROUPS) - Math.floor((g * units) / GROUPS),
  }))
  return { name: `${units}x64`, width: units, hidden: 64, visible, beside }
}

const few = categories(640)
const many = categories(65_536, few.name)

function rowsOf({ visible }: Size, count: number, uniform: () => number): Float32Array {
  return Float32Array.from({ length: GROUPS * count }, (_, k) =>
    Math.floor(visible[k % GROUPS].size * uniform()),
  )
}

/** CD-1 without centring and decay, as `rbm/cd1`. */
const plain: FamilyOptions = {
  learningRateDecay: 0,
  learningRateFloor: 0,
  weightDecay: 0,
  centering: false,
}

function open(
  size: Size,
  options: FamilyOptions,
  relaxed: boolean,
  work: (product: Product) => (rows: Float32Array) => unknown,
) {
  const all = { ...plain, ...options, learningRate: TIMED_RATE, hidden: size.hidden }
  const product = sparse.create(size.visible, all, relaxed ? relaxedKernels : {})
  const rows = rowsOf(size, ROWS, uniforms(1))
  return { run: inCalls(rows, GROUPS, work(product)), release: () => product.release() }
}

/** The largest difference to what it should be, in units of a few roundings of numbers of that size. */
function worst(found: reference.Machine, exact: reference.Machine, roundings: number): number {
  let most = 0
  const compare = (x: ArrayLike<number>, y: ArrayLike<number>) => {
    for (let i = 0; i < y.length; i++)
      most = Math.max(most, Math.abs(x[i] - y[i]) / (roundings * 2 ** -24 * (1 + Math.abs(y[i]))))
  }
  for (const [j, row] of exact.w.entries()) compare(found.w[j], row)
  compare(found.b, exact.b)
  compare(found.c, exact.c)
  return most
}

/** One update, given where its chain has ended, which the biases tell. A mean errs by a few roundings of its input. */
function updateError(size: Size, options: FamilyOptions, relaxed: boolean, seed: number): number {
  const uniform = uniforms(seed)
  const machine = reference.randomMachine(size.visible, size.hidden, 0.5, uniform)
  const all = { ...options, ...reference.observable, hidden: size.hidden, seed }
  const product = sparse.create(size.visible, all, relaxed ? relaxedKernels : {})
  reference.load(product, machine)
  const row = rowsOf(size, 1, uniform)
  const end = reference.chainEnd(product, row)
  const units = reference.denseRow(size.visible, row)
  const exact = reference.update(machine, new Array(size.hidden).fill(0), units, end, product.options)
  const found = reference.machineOf(product)
  product.release()
  return isOneHot(size, end) ? worst(found, exact.machine, 4) : Number.POSITIVE_INFINITY
}

function groupsOf({ visible }: Size, units: readonly number[]): number[][] {
  let at = 0
  return visible.map(({ size }) => {
    at += size
    return units.slice(at - size, at)
  })
}

const isOneHot = (size: Size, units: readonly number[]) =>
  groupsOf(size, units).every(
    group =>
      group.every(x => x === 0 || x === 1) && group.indexOf(1) === group.lastIndexOf(1) && group.includes(1),
  )

/** With weights so large that hidden units and the likeliest states are certain, that is where an exact chain ends. */
function certainError(size: Size, relaxed: boolean, seed: number): number {
  const uniform = uniforms(seed)
  const drawn = reference.randomMachine(size.visible, size.hidden, 100 / Math.sqrt(size.hidden / 2), uniform)
  const machine = { ...drawn, c: drawn.c.map(() => (uniform() < 0.5 ? 500 : -500)) }
  const product = sparse.create(
    size.visible,
    { ...reference.observable, hidden: size.hidden },
    relaxed ? relaxedKernels : {},
  )
  reference.load(product, machine)
  const row = rowsOf(size, 1, uniform)
  const hidden = hiddenMeans(machine, reference.denseRow(size.visible, row)).map(Math.round)
  const ends = groupsOf(size, reference.chainEnd(product, row))
  product.release()
  const right = groupsOf(size, visibleInput(machine, hidden)).every((inputs, g) => {
    const [first, second] = [...inputs].sort((a, b) => b - a)
    return first - second < 30 || ends[g][inputs.indexOf(first)] === 1
  })
  return right ? 0 : Number.POSITIVE_INFINITY
}

/** A sum over the hidden units of numbers of a few nats each. */
function energyError(size: Size, relaxed: boolean, seed: number): number {
  const uniform = uniforms(seed)
  const machine = reference.randomMachine(size.visible, size.hidden, 0.5, uniform)
  const product = sparse.create(size.visible, { hidden: size.hidden }, relaxed ? relaxedKernels : {})
  reference.load(product, machine)
  const rows = rowsOf(size, 7, uniform)
  const found = product.freeEnergies(rows)
  product.release()
  const most = size.hidden * GROUPS * 2 ** -22
  return Math.max(
    ...Array.from(found, (energy, k) => {
      const units = reference.denseRow(size.visible, rows.subarray(k * GROUPS, (k + 1) * GROUPS))
      return Math.abs(energy - freeEnergy(machine, units)) / most
    }),
  )
}

const metropolis = { metropolis: true }

export const sparseKernels: readonly Kernel[] = [
  {
    name: 'sparse/one-hot-exact',
    what: 'CD-1 from twenty categories, reconstructed exactly',
    sizes: [few],
    open: (size, relaxed) => open(size, {}, relaxed, product => rows => product.learnMany(rows)),
    check: (size, relaxed, seed) =>
      Math.max(updateError(size, {}, relaxed, seed), certainError(size, relaxed, seed)),
  },
  {
    name: 'sparse/one-hot-mh',
    what: 'CD-1 from twenty categories, reconstructed by a step of Metropolis and Hastings',
    sizes: [few, many],
    open: (size, relaxed) => open(size, metropolis, relaxed, product => rows => product.learnMany(rows)),
    check: (size, relaxed, seed) => updateError(size, metropolis, relaxed, seed),
  },
  {
    name: 'sparse/free-energies',
    what: 'free energy of twenty categories',
    sizes: [few],
    open: (size, relaxed) => open(size, {}, relaxed, product => rows => product.freeEnergies(rows)),
    check: energyError,
  },
]
