/**
 * The exact log Z of unigauss experts: the product of M mixtures is a mixture of 2^M terms, each the product of the Gaussians
 * that were chosen, whose integral over the box is one of normal distribution functions for each value.
 */
import { exp, log, log1p } from '../elementary.ts'
import type { Product } from '../experts/product.ts'

/** 2²⁰ terms take about a second for two values. */
const MOST_EXPERTS = 20

interface Experts {
  readonly width: number
  /** The factor of an expert that is not a Gaussian, 1 − π, and of one that is, π V / Π √(2π) σ; logarithms. */
  readonly idle: readonly number[]
  readonly active: readonly number[]
  readonly mean: ArrayLike<number>
  readonly precision: Float64Array
  readonly box: ArrayLike<number>
}

/** What the Gaussians that were chosen add up to: precision, precision × mean and precision × mean² of each value. */
interface Sums {
  readonly precision: Float64Array
  readonly linear: Float64Array
  readonly square: Float64Array
}

const softplus = (x: number) => Math.max(x, 0) + log1p(exp(-Math.abs(x)))
const addLogs = (a: number, b: number) =>
  Math.max(a, b) === Number.NEGATIVE_INFINITY ? a : Math.max(a, b) + log1p(exp(-Math.abs(a - b)))

/**
 * log ∫ e^−F(v) dv over the box, in nats; float64, some 1e-12 relative.
 * @throws TypeError for another family, RangeError for more than 20 experts
 */
export function unigaussLogPartition(product: Product): number {
  if (product.family !== 'unigauss') {
    throw new TypeError(`Expected a product of unigauss experts, got one of ${product.family}.`)
  }
  const experts = read(product)
  const count = experts.idle.length
  if (count > MOST_EXPERTS) {
    throw new RangeError(
      `Expected up to ${MOST_EXPERTS} experts for the exact log Z, which adds up 2^M terms, got ${count}.`,
    )
  }
  const nothing = () => new Float64Array(experts.width)
  return addUp(experts, 0, 0, { precision: nothing(), linear: nothing(), square: nothing() })
}

function read(product: Product): Experts {
  const tensors = product.tensors()
  const { width } = product
  const [mean, logVariance, gate] = ['mean', 'logVariance', 'gate'].map(
    name => tensors[`experts.${name}`].data,
  )
  const box = tensors.box.data
  const heights = Float64Array.from(logVariance, (value, k) =>
    log((box[width + (k % width)] - box[k % width]) / Math.sqrt(2 * Math.PI * exp(value))),
  )
  return {
    width,
    idle: Array.from(gate, eta => -softplus(eta)),
    active: Array.from(
      gate,
      (eta, m) =>
        -softplus(-eta) + heights.subarray(m * width, (m + 1) * width).reduce((sum, h) => sum + h, 0),
    ),
    mean,
    precision: Float64Array.from(logVariance, value => exp(-value)),
    box,
  }
}

/** log of the sum over the choices of all experts from number `m` on. */
function addUp(experts: Experts, m: number, logWeight: number, sums: Sums): number {
  if (m === experts.idle.length) return logWeight + integral(experts, sums)
  const { width, mean, precision } = experts
  const with_ = (values: Float64Array, own: (mu: number, p: number) => number) =>
    values.map((value, i) => value + own(mean[m * width + i], precision[m * width + i]))
  const chosen = {
    precision: with_(sums.precision, (_, p) => p),
    linear: with_(sums.linear, (mu, p) => p * mu),
    square: with_(sums.square, (mu, p) => p * mu * mu),
  }
  return addLogs(
    addUp(experts, m + 1, logWeight + experts.idle[m], sums),
    addUp(experts, m + 1, logWeight + experts.active[m], chosen),
  )
}

/** log ∫ exp(−½ Σ p (v − μ)²) dv over the box, one value at a time. */
function integral({ width, box }: Experts, { precision, linear, square }: Sums): number {
  let sum = 0
  for (let i = 0; i < width; i++) {
    const [low, high, p] = [box[i], box[width + i], precision[i]]
    if (p === 0) {
      sum += log(high - low)
      continue
    }
    const mean = linear[i] / p
    const root = Math.sqrt(p)
    // Means are within the walls, so that the mass between them is never a difference of two numbers near 0.
    const mass = normalMass(root * (low - mean), root * (high - mean))
    sum += -0.5 * (square[i] - mean * linear[i]) + 0.5 * log((2 * Math.PI) / p) + log(mass)
  }
  return sum
}

/** The probability of a standard normal number between a ≤ 0 and b ≥ 0, of which a rounding may be on the wrong side. */
const normalMass = (a: number, b: number) => half(Math.max(0, -a)) + half(Math.max(0, b))

/** That of one between 0 and x ≥ 0: a series for small x, a continued fraction for the tail. */
function half(x: number): number {
  const density = exp(-0.5 * x * x) / Math.sqrt(2 * Math.PI)
  if (x > 5) {
    let fraction = x
    for (let k = 40; k >= 1; k--) fraction = x + k / fraction
    return 0.5 - density / fraction
  }
  let term = x
  let sum = x
  for (let k = 3; Math.abs(term) > 1e-17 * Math.abs(sum); k += 2) {
    term *= (x * x) / k
    sum += term
  }
  return density * sum
}
