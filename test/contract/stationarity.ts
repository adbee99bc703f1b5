/**
 * Chains that start exactly at e^−F / Z stay there: the transition that learning uses leaves the product alone, and so the
 * expected update is zero where data and model agree. Layers are small enough for all states, or a grid of them.
 */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { uniforms } from '../../fixtures/random.ts'
import type { Family, NaturalParameters, Product, VisibleGroup } from '../../pipeline/experts/product.ts'
import { MOST_SYMBOLS, unitKinds } from '../../pipeline/visible.ts'

const CHAINS = 20_000

/** States with their probabilities, in an order in which cumulated ones are searched. */
interface Exact {
  readonly states: readonly Float32Array[]
  readonly probabilities: Float64Array
}

/** Values on a line: fine in the middle, far out at the ends, for tails that are heavy. */
function line(lower: number, upper: number, count: number): number[] {
  const sinh = (x: number) => (Math.exp(x) - Math.exp(-x)) / 2
  return Array.from({ length: count }, (_, i) => sinh(((i + 0.5) / count) * 22 - 11) / 30)
    .filter(value => value > lower && value < upper)
    .concat(
      [lower, upper].every(Number.isFinite)
        ? Array.from({ length: count }, (_, i) => lower + ((upper - lower) * (i + 0.5)) / count)
        : [],
    )
    .sort((a, b) => a - b)
}

/** Everything that a discrete layer can be. */
function statesOf(visible: readonly VisibleGroup[]): Float32Array[] {
  const choices = visible.flatMap(({ kind, size }): number[][][] => {
    const upTo = (count: number) => Array.from({ length: count }, (_, k) => [k])
    if (kind === 'bernoulli') return new Array(size).fill([[0], [1]])
    if (kind === 'softmax')
      return [Array.from({ length: size }, (_, k) => Array.from({ length: size }, (_, i) => Number(i === k)))]
    if (kind === 'count') return [upTo(size + 1)]
    if (kind === 'sequence') return [sequences(size, 3)]
    return [upTo(size)]
  })
  return choices
    .reduce<number[][]>((rows, each) => rows.flatMap(row => each.map(values => [...row, ...values])), [[]])
    .map(row => Float32Array.from(row))
}

/** Sequences of one length: chains keep theirs. */
function sequences(size: number, length: number): number[][] {
  return Array.from({ length: size ** length }, (_, code) =>
    Array.from({ length: MOST_SYMBOLS }, (_, t) =>
      t < length ? Math.floor(code / size ** t) % size : Number.NaN,
    ),
  )
}

/** The width of the cell around each point. */
function widths(points: readonly number[]): number[] {
  return points.map((_, i) => {
    const [left, right] = [Math.max(0, i - 1), Math.min(points.length - 1, i + 1)]
    return (points[right] - points[left]) / (right - left)
  })
}

function normalised(energies: Float32Array, logWeights?: Float64Array): Float64Array {
  const logs = Float64Array.from(energies, (energy, i) => -energy + (logWeights?.[i] ?? 0))
  const most = logs.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY)
  const weights = logs.map(value => Math.exp(value - most))
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  return weights.map(weight => weight / total)
}

const joined = (states: readonly Float32Array[]) => {
  const width = states[0].length
  const all = new Float32Array(states.length * width)
  for (const [n, state] of states.entries()) all.set(state, n * width)
  return all
}

function enumerated(product: Product): Exact {
  const states = statesOf(product.visible)
  return { states, probabilities: normalised(product.freeEnergies(joined(states))) }
}

/** A grid over one or two real values, within the bounds that the product has. */
function gridded(product: Product): Exact {
  const { width } = product
  const bounds = boundsOf(product)
  const points = line(bounds.lower, bounds.upper, width === 1 ? 20_001 : 401)
  const sizes = widths(points)
  const indices = points.flatMap((_, i) => (width === 1 ? [[i]] : points.map((_, j) => [i, j])))
  const states = indices.map(each => Float32Array.from(each, i => points[i]))
  const areas = Float64Array.from(indices, each => each.reduce((sum, i) => sum + Math.log(sizes[i]), 0))
  return { states, probabilities: normalised(product.freeEnergies(joined(states)), areas) }
}

function boundsOf(product: Product): { lower: number; upper: number } {
  const natural = emptyNatural(product)
  product.addConditional?.(new Float32Array(product.width), natural, generator())
  return { lower: Math.max(...natural.lower), upper: Math.min(...natural.upper) }
}

function emptyNatural({ width, couples }: Product): NaturalParameters {
  return {
    linear: new Float64Array(width),
    precision: new Float64Array(couples ? width * width : width),
    lower: new Float64Array(width).fill(Number.NEGATIVE_INFINITY),
    upper: new Float64Array(width).fill(Number.POSITIVE_INFINITY),
  }
}

const generator = () => Uint32Array.from({ length: 16 }, (_, i) => 0x9e3779b9 * (i + 1))

function drawn({ states, probabilities }: Exact, uniform: () => number): Float32Array {
  let sum = 0
  const cumulated = probabilities.map(p => {
    sum += p
    return sum
  })
  const chosen = Array.from({ length: CHAINS }, () => {
    const u = uniform()
    let [low, high] = [0, cumulated.length - 1]
    while (low < high) {
      const middle = (low + high) >> 1
      if (cumulated[middle] > u) high = middle
      else low = middle + 1
    }
    return states[low]
  })
  return joined(chosen)
}

/** χ² of how often chains are in each cell, against what is expected there; cells are joined until twenty are expected. */
function chiSquared(
  expected: Map<string, number>,
  found: Map<string, number>,
): { chi: number; cells: number } {
  let [chi, cells, rareExpected, rareFound] = [0, 0, 0, 0]
  const add = (e: number, f: number) => {
    chi += (f - e) ** 2 / e
    cells++
  }
  for (const [cell, p] of expected) {
    const [e, f] = [p * CHAINS, found.get(cell) ?? 0]
    if (e >= 20) add(e, f)
    else [rareExpected, rareFound] = [rareExpected + e, rareFound + f]
  }
  if (rareExpected >= 5) add(rareExpected, rareFound)
  return { chi, cells }
}

/** The cell of a state: itself, or which eighth of each real value's distribution it is in. */
function cellsOf(exact: Exact, product: Product): (state: Float32Array) => string {
  if (product.visible[0].kind !== 'real') return state => state.join()
  const cuts = Array.from({ length: product.width }, (_, i) => {
    const masses = new Map<number, number>()
    for (const [n, state] of exact.states.entries())
      masses.set(state[i], (masses.get(state[i]) ?? 0) + exact.probabilities[n])
    const values = [...masses.keys()].sort((a, b) => a - b)
    const edges: number[] = []
    let sum = 0
    for (const [k, value] of values.entries()) {
      sum += masses.get(value) ?? 0
      // A point of the grid stands for all that is nearer to it than to its neighbours.
      while (edges.length < 7 && sum > (edges.length + 1) / 8) edges.push((value + values[k + 1]) / 2)
    }
    return edges
  })
  return state => cuts.map((edges, i) => edges.filter(edge => edge < state[i]).length).join()
}

function tally(states: Iterable<readonly [Float32Array, number]>, cellOf: (state: Float32Array) => string) {
  const counts = new Map<string, number>()
  for (const [state, weight] of states) counts.set(cellOf(state), (counts.get(cellOf(state)) ?? 0) + weight)
  return counts
}

export function checkStationarity(
  family: Family,
  visible: readonly VisibleGroup[],
  rows: Float32Array,
): void {
  test(`${family.name}, ${visible.map(({ kind }) => kind).join(' ')}: chains that start at p stay there`, () => {
    const product = family.create(visible, { seed: 7 })
    product.initialise(rows)
    product.learnMany(rows)
    assert.ok(product.walk)
    const isReal = visible[0].kind === 'real'
    const exact = isReal ? gridded(product) : enumerated(product)
    const cellOf = cellsOf(exact, product)
    const expected = tally(
      exact.states.map((state, n) => [state, exact.probabilities[n]] as const),
      cellOf,
    )
    const chains = drawn(exact, uniforms(41))
    const random = generator()
    for (const sweeps of [1, 4]) {
      product.walk?.(chains, sweeps, random)
      const ends = Array.from({ length: CHAINS }, (_, n) =>
        chains.subarray(n * product.width, (n + 1) * product.width),
      )
      const found = tally(
        ends.map(state => [state, 1] as const),
        cellOf,
      )
      const { chi, cells } = chiSquared(expected, found)
      // χ² of c − 1 degrees of freedom has mean c − 1 and variance 2 (c − 1): four standard deviations.
      assert.ok(chi < cells - 1 + 4 * Math.sqrt(2 * (cells - 1)), `χ² ${chi} of ${cells} cells`)
    }
    product.release()
  })
}

/** The mean of the visible values that natural parameters say; null where bounds make it another one. */
function meanOf({ visible, width, couples }: Product, natural: NaturalParameters): number[] | null {
  const { linear, precision, lower, upper } = natural
  if (lower.some(Number.isFinite) || upper.some(Number.isFinite)) return null
  if (couples && width === 2) {
    const [a, b, c, d] = precision
    const determinant = a * d - b * c
    return [(d * linear[0] - b * linear[1]) / determinant, (a * linear[1] - c * linear[0]) / determinant]
  }
  let at = 0
  return visible.flatMap(({ kind, size }) => {
    const inputs = Array.from(linear.subarray(at, at + unitKinds[kind].values(size)))
    const means = { real: inputs.map((value, i) => value / precision[at + i]), ...binary(inputs, size) }
    at += inputs.length
    return means[kind as keyof typeof means]
  })
}

function binary(inputs: number[], size: number) {
  const chances = inputs.map(input => 1 / (1 + Math.exp(-input)))
  const weights = inputs.map(input => Math.exp(input - Math.max(...inputs)))
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  return {
    bernoulli: chances,
    softmax: weights.map(weight => weight / total),
    count: chances.map(chance => size * chance),
  }
}

/** Mean and variance of each value of the rows. */
function moments(rows: Float32Array | Float64Array, width: number) {
  const count = rows.length / width
  return Array.from({ length: width }, (_, i) => {
    let [sum, squares] = [0, 0]
    for (let at = i; at < rows.length; at += width) {
      sum += rows[at]
      squares += rows[at] ** 2
    }
    return { mean: sum / count, variance: Math.max(0, squares / count - (sum / count) ** 2) }
  })
}

/** The mean of a sweep from one state is the mean of what latent variables say there. */
export function checkConditionals(
  family: Family,
  visible: readonly VisibleGroup[],
  rows: Float32Array,
): void {
  const title = `${family.name}, ${visible.map(({ kind }) => kind).join(' ')}`
  test(`${title}: a sweep has the moments that latent variables say`, () => {
    const product = family.create(visible, { seed: 7 })
    product.initialise(rows)
    product.learnMany(rows)
    const { width } = product
    const state = rows.slice(0, width)
    const ends = Float32Array.from({ length: CHAINS * width }, (_, i) => state[i % width])
    product.walk?.(ends, 1, generator())
    const random = generator()
    const means: number[] = []
    for (let n = 0; n < CHAINS / 5; n++) {
      const natural = emptyNatural(product)
      product.addConditional?.(state, natural, random)
      const mean = meanOf(product, natural)
      if (mean === null) return
      means.push(...mean)
    }
    const [found, expected] = [moments(ends, width), moments(Float64Array.from(means), width)]
    for (let i = 0; i < width; i++) {
      const error = Math.sqrt(found[i].variance / CHAINS + expected[i].variance / (CHAINS / 5))
      const difference = Math.abs(found[i].mean - expected[i].mean)
      assert.ok(
        difference <= 4 * error + 1e-5 * Math.abs(expected[i].mean) + 1e-6,
        `value ${i}: ${found[i].mean}, ${expected[i].mean}`,
      )
    }
    product.release()
  })
}
