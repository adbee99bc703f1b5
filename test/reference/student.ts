/** Products of Student-t experts in float64, by definition. What a model has learned comes from its tensors. */
import type { FamilyOptions, Tensors, VisibleGroup } from '../../pipeline/experts/product.ts'
import { widthOf } from '../../pipeline/visible.ts'
import type { Oracle, Parameters } from './oracle.ts'

/** M experts over D values, and the vague Gaussian expert. */
export interface Students {
  /** J, row after row. */
  readonly filters: readonly (readonly number[])[]
  /** a. */
  readonly exponents: readonly number[]
  /** c. */
  readonly location: readonly number[]
  /** ε, the precision of the vague expert by value. */
  readonly precision: readonly number[]
}

const range = (count: number) => Array.from({ length: count }, (_, index) => index)
export const dot = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Array.from(a).reduce((sum, x, i) => sum + x * b[i], 0)

export function studentsFrom(parameters: Parameters): Students {
  const { precision } = parameters
  const width = precision.length
  const exponents = Array.from(parameters['experts.logExponent'], Math.exp)
  return {
    filters: exponents.map((_, j) =>
      Array.from(parameters['experts.j'].subarray(j * width, (j + 1) * width)),
    ),
    exponents,
    location: Array.from(parameters.location),
    precision: Array.from(precision),
  }
}

/** The tensors that the density depends on. The precision of the vague expert is not learned. */
const TENSORS = ['experts.j', 'experts.logExponent', 'location', 'precision']

/** The model that a product's tensors describe. */
export const studentsOf = (tensors: Tensors): Students =>
  studentsFrom(Object.fromEntries(TENSORS.map(name => [name, Float64Array.from(tensors[name].data)])))

/** v − c, 0 where a value is missing. */
export const deviation = ({ location }: Students, row: ArrayLike<number>) =>
  location.map((centre, i) => (Number.isNaN(row[i]) ? 0 : row[i] - centre))

export const responses = (model: Students, row: ArrayLike<number>) => {
  const x = deviation(model, row)
  return model.filters.map(filter => dot(filter, x))
}

/** F = Σ_j a_j log(1 + ½ z_j²) + ½ Σ_i ε_i x_i². */
export function freeEnergy(model: Students, row: ArrayLike<number>): number {
  const x = deviation(model, row)
  const experts = responses(model, row).map((z, j) => model.exponents[j] * Math.log1p(0.5 * z * z))
  return (
    experts.reduce((sum, energy) => sum + energy, 0) +
    0.5 *
      dot(
        model.precision,
        x.map(v => v * v),
      )
  )
}

/** a z / (1 + ½ z²). */
const weights = (model: Students, row: ArrayLike<number>) =>
  responses(model, row).map((z, j) => (model.exponents[j] * z) / (1 + 0.5 * z * z))

/** ∂F/∂v, 0 where a value is missing. */
export function gradient(model: Students, row: ArrayLike<number>): number[] {
  const x = deviation(model, row)
  const w = weights(model, row)
  return x.map((value, i) =>
    Number.isNaN(row[i])
      ? 0
      : w.reduce((sum, weight, j) => sum + weight * model.filters[j][i], model.precision[i] * value),
  )
}

/** The row with value i replaced. */
const replaced = (row: ArrayLike<number>, i: number, value: number) =>
  Array.from(row, (own, k) => (k === i ? value : own))

/**
 * The likeliest value beside the others: the least of the energy on a line. It lies between the zeros of the filters, or of
 * the vague expert: a grid between them, and golden sections around the least three of it.
 */
export function conditional(model: Students, row: ArrayLike<number>, i: number): number {
  const zeros = model.filters
    .map((filter, j) => {
      const others = replaced(row, i, model.location[i])
      return model.location[i] - responses(model, others)[j] / filter[i]
    })
    .filter(Number.isFinite)
    .concat(model.location[i])
    .sort((a, b) => a - b)
  const grid = zeros.flatMap((zero, k) =>
    k === 0 ? [zero] : range(200).map(n => zeros[k - 1] + ((zero - zeros[k - 1]) * (n + 1)) / 200),
  )
  const energy = (value: number) => freeEnergy(model, replaced(row, i, value))
  const energies = grid.map(energy)
  const order = range(grid.length).sort((a, b) => energies[a] - energies[b])
  const found = order.slice(0, 3).map(k => {
    let [low, high] = [grid[Math.max(0, k - 1)], grid[Math.min(grid.length - 1, k + 1)]]
    for (let n = 0; n < 200; n++) {
      const [a, b] = [low + (high - low) * 0.382, low + (high - low) * 0.618]
      if (energy(a) < energy(b)) high = b
      else low = a
    }
    return (low + high) / 2
  })
  return [...found, grid[order[0]]].sort((a, b) => energy(a) - energy(b))[0]
}

/** −log p(v_i | the others) relative to the likeliest value; NaN where it is missing. */
export const surprise = (model: Students, row: ArrayLike<number>) =>
  range(row.length).map(i =>
    Number.isNaN(row[i])
      ? Number.NaN
      : freeEnergy(model, row) - freeEnergy(model, replaced(row, i, conditional(model, row, i))),
  )

/** log Γ(x) for x > 0, by Stirling's series from x + 20 downwards: 1e-15 relative. */
export function logGamma(x: number): number {
  const shifted = x + 20
  const below = range(20).reduce((sum, k) => sum + Math.log(x + k), 0)
  const inverse = 1 / (shifted * shifted)
  const series = (1 / 12 - inverse * (1 / 360 - inverse * (1 / 1260 - inverse / 1680))) / shifted
  return (shifted - 0.5) * Math.log(shifted) - shifted + 0.5 * Math.log(2 * Math.PI) + series - below
}

/** What a first update of a batch of one makes of the parameters: see the docstrings of assembly/student/learn.ts. */
function step(
  width: number,
  parameters: Parameters,
  difference: Parameters,
  options: FamilyOptions,
): Record<string, Float64Array> {
  const model = studentsFrom(parameters)
  const { precision } = model
  const experts = model.exponents.length
  const rate = Number(options.learningRate)
  const G = range(experts).map(j => Array.from(difference['experts.j'].subarray(j * width, (j + 1) * width)))
  const share = Math.min(1, width / experts)
  const metric = range(width).map(i =>
    range(width).map(k =>
      options.naturalGradient
        ? share * model.filters.reduce((sum, filter) => sum + filter[i] * filter[k], 0) +
          (i === k ? precision[i] : 0)
        : Number(i === k),
    ),
  )
  const moved = G.map(row => metric.map(line => dot(line, row)))
  const length = Math.sqrt(G.reduce((sum, row, j) => sum + dot(row, moved[j]), 0))
  const shortening = Math.min(1, Math.sqrt(experts * Math.min(experts, width)) / length)
  const factor = length > 0 ? rate * shortening : 0
  const first = moved.map(row => row.map(value => factor * value))
  // A of ΔJ = (A + ½ A²) J, but for what the vague expert adds to the metric.
  const A = G.map(row => model.filters.map(filter => factor * share * dot(row, filter)))
  const second = A.map(line =>
    range(width).map(
      i =>
        dot(
          line,
          first.map(row => row[i]),
        ) / 2,
    ),
  )
  const bounded = (value: number, most: number) => Math.max(-most, Math.min(most, value))
  const curvature = range(width).map(i =>
    model.filters.reduce((sum, filter, j) => sum + model.exponents[j] * filter[i] ** 2, precision[i]),
  )
  return {
    'experts.j': parameters['experts.j'].map(
      (value, at) =>
        value +
        first[Math.floor(at / width)][at % width] +
        (options.naturalGradient ? second[Math.floor(at / width)][at % width] : 0),
    ),
    'experts.logExponent': parameters['experts.logExponent'].map((value, j) =>
      Math.max(
        Math.log(0.51),
        Math.min(
          Math.log(100),
          value + rate * Number(options.exponentRate) * bounded(difference['experts.logExponent'][j], 1),
        ),
      ),
    ),
    location: parameters.location.map(
      (value, i) =>
        value +
        (rate * Number(options.locationRate) * bounded(difference.location[i] / Math.sqrt(curvature[i]), 2)) /
          Math.sqrt(curvature[i]),
    ),
    precision: Float64Array.from(precision),
  }
}

export function oracle(visible: readonly VisibleGroup[]): Oracle {
  const width = widthOf(visible)
  return {
    parameters: TENSORS,
    logDensity: (parameters, row) => -freeEnergy(studentsFrom(parameters), row),
    gradient: (parameters, row) => {
      const model = studentsFrom(parameters)
      const [x, w, z] = [deviation(model, row), weights(model, row), responses(model, row)]
      return {
        'experts.j': Float64Array.from(w.flatMap(weight => x.map(value => -weight * value))),
        'experts.logExponent': Float64Array.from(z, (r, j) => -model.exponents[j] * Math.log1p(0.5 * r * r)),
        location: Float64Array.from(gradient(model, row)),
        precision: Float64Array.from(x, value => -0.5 * value * value),
      }
    },
    step: (parameters, difference, given) => step(width, parameters, difference, given),
  }
}
