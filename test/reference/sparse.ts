/**
 * The machine on units that are mostly off, in float64 and by definition: a dense machine (`rbm.ts`) whose rows are written
 * out, one number for every unit. A group of states is a softmax group, a set one Bernoulli unit for each that may be on.
 */
import type { FamilyOptions, Product, VisibleGroup } from '../../pipeline/experts/product.ts'
import { unitKinds } from '../../pipeline/visible.ts'
import * as dense from './rbm.ts'

export type Machine = dense.Machine

/** The visible layer of the dense machine. */
export const denseVisible = (visible: readonly VisibleGroup[]): VisibleGroup[] =>
  visible.map(({ kind, size }) => ({ kind: kind === 'tokens' ? 'bernoulli' : 'softmax', size }))

/** A row by its groups, each with the number of its first unit. */
function partsOf(visible: readonly VisibleGroup[], row: ArrayLike<number>) {
  let at = 0
  let first = 0
  return visible.map(({ kind, size }) => {
    const values = Array.from({ length: unitKinds[kind].values(size) }, () => row[at++])
    first += size
    return { kind, size, first: first - size, active: [...new Set(values.filter(x => !Number.isNaN(x)))] }
  })
}

/** Zeros and ones for all units, NaN for those of a missing group. */
export function denseRow(visible: readonly VisibleGroup[], row: ArrayLike<number>): number[] {
  return partsOf(visible, row).flatMap(({ size, active }) => {
    const values = new Array<number>(size).fill(active.length > 0 ? 0 : Number.NaN)
    for (const unit of active) values[unit] = 1
    return values
  })
}

/** Back to a sparse row: the units that are on. */
export function sparseRow(visible: readonly VisibleGroup[], units: ArrayLike<number>): Float32Array {
  let first = 0
  return Float32Array.from(
    visible.flatMap(({ kind, size }) => {
      const values = new Array<number>(unitKinds[kind].values(size)).fill(Number.NaN)
      let place = 0
      for (let k = 0; k < size; k++) if (units[first + k] === 1) values[place++] = k
      first += size
      return values
    }),
  )
}

/** What a product has learned: its weights are scaled, and visible-major. */
export function machineOf(product: Product): Machine {
  const { counters, ...tensors } = product.tensors()
  const [U, H] = tensors['experts.w'].shape
  const w = tensors['experts.w'].data
  return {
    visible: denseVisible(product.visible),
    w: Array.from({ length: H }, (_, j) =>
      Float64Array.from({ length: U }, (_, k) => counters.data[1] * w[k * H + j]),
    ),
    b: Float64Array.from(tensors['experts.b'].data),
    c: Float64Array.from(tensors['experts.c'].data),
  }
}

/** Put a machine into a product of its shape. */
export function load(product: Product, { w, b, c }: Machine): void {
  const tensors = product.tensors()
  tensors['experts.w'].data.set(Array.from(b, (_, k) => w.map(row => row[k])).flat())
  tensors['experts.b'].data.set(b)
  tensors['experts.c'].data.set(c)
  tensors.counters.data[1] = 1
  product.restore(tensors)
}

/** A machine with normal parameters that float32 holds. */
export const randomMachine = (
  visible: readonly VisibleGroup[],
  hidden: number,
  scale: number,
  uniform: () => number,
) => dense.rounded(dense.randomMachine(denseVisible(visible), hidden, scale, uniform))

/** −log p of each group; of a set that of its most surprising unit among those that are on. */
export function surprise(
  machine: Machine,
  visible: readonly VisibleGroup[],
  row: ArrayLike<number>,
): number[] {
  const all = dense.surprise(machine, denseRow(visible, row))
  let group = 0
  return partsOf(visible, row).map(({ kind, size, active }) => {
    const first = group
    group += kind === 'tokens' ? size : 1
    if (active.length === 0) return Number.NaN
    return kind === 'tokens' ? Math.max(...active.map(unit => all[first + unit])) : all[first]
  })
}

/** p(state | all others); of a set p(k) that k is the next unit, if there was one more. */
export function conditional(
  machine: Machine,
  visible: readonly VisibleGroup[],
  row: ArrayLike<number>,
  group: number,
): number[] {
  const { kind, size, first, active } = partsOf(visible, row)[group]
  const units = denseRow(visible, row)
  const logs = Array.from({ length: size }, (_, k) => {
    const next = units.slice()
    for (let l = 0; l < size; l++)
      next[first + l] = Number(l === k || (kind === 'tokens' && active.includes(l)))
    return kind === 'tokens' && active.includes(k)
      ? Number.NEGATIVE_INFINITY
      : -dense.freeEnergy(machine, next)
  })
  const total = dense.logSumExp(logs)
  return logs.map(log => Math.exp(log - total))
}

/** All rows: one state of each group, and of each set the units that are on, at least one. */
export function statesOf(visible: readonly VisibleGroup[]): number[][] {
  let states: number[][] = [[]]
  for (const { kind, size } of visible) {
    const choices =
      kind === 'tokens'
        ? dense.binaryStates(size).slice(1)
        : Array.from({ length: size }, (_, k) => Array.from({ length: size }, (_, l) => Number(k === l)))
    states = states.flatMap(state => choices.map(choice => [...state, ...choice]))
  }
  return states
}

/** p of each of them. */
export function distribution(machine: Machine, states: readonly number[][]): number[] {
  const logs = states.map(state => -dense.freeEnergy(machine, state))
  const total = dense.logSumExp(logs)
  return logs.map(log => Math.exp(log - total))
}

/** What one update makes of parameters and hidden offsets, given where the chain from the row has ended. */
export function update(
  { visible, w, b, c }: Machine,
  lambda: readonly number[],
  row: readonly number[],
  end: readonly number[],
  { learningRate, weightDecay, centering, centeringRate }: Readonly<FamilyOptions>,
): { machine: Machine; lambda: number[] } {
  const rate = Number(learningRate)
  const machine = { visible, w, b, c }
  const [s, q] = [row, end].map(v => dense.hiddenMeans(machine, v))
  const share = centering ? Number(centeringRate) : 0
  const mean = lambda.map((old, j) => old + share * (s[j] - old))
  const at = (v: readonly number[], k: number) => (Number.isNaN(v[k]) ? 0 : v[k])
  const gradient = w.map((_, j) =>
    Array.from(b, (_, k) => at(row, k) * (s[j] - mean[j]) - at(end, k) * (q[j] - mean[j])),
  )
  const keep = 1 - Math.min(rate * Number(weightDecay), 0.5)
  return {
    machine: {
      visible,
      w: w.map((weights, j) => weights.map((weight, k) => keep * weight + rate * gradient[j][k])),
      b: b.map((bias, k) => {
        const taken = dense.sum(gradient.map((column, j) => column[k] * mean[j]))
        return bias + rate * (at(row, k) - at(end, k) - taken)
      }),
      c: c.map((bias, j) => bias + rate * (s[j] - q[j])),
    },
    lambda: mean,
  }
}

const RATE = 2 ** -10
/** Options with which biases tell what a chain ended at: each moves by the rate for a unit more or less. */
export const observable: FamilyOptions = {
  learningRate: RATE,
  learningRateDecay: 0,
  weightDecay: 0,
  centering: false,
}

/** What the chain of one update from `row` ends at, all units; the product has to have the options above. */
export function chainEnd(product: Product, row: Float32Array): number[] {
  const before = product.tensors()['experts.b'].data.slice()
  product.learnOne(row)
  const after = product.tensors()['experts.b'].data
  return denseRow(product.visible, row).map((unit, k) => unit - Math.round((after[k] - before[k]) / RATE))
}
