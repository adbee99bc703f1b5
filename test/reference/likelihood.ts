/** The exact log-likelihood of a machine with few hidden units. */
import type { Product } from '../../pipeline/experts/product.ts'

/** `logLikelihood` of the rows under a product's parameters. */
export function exactLogLikelihood(
  product: Product,
  rows: Float32Array,
  prefix: 'experts' | 'average' = 'experts',
): number {
  const tensors = product.tensors()
  const [w, b, c] = ['w', 'b', 'c'].map(name => Float64Array.from(tensors[`${prefix}.${name}`].data))
  return logLikelihood(rows, w, b, c)
}

/**
 * Mean log-likelihood of `rows` in nats, exactly: Z sums over the 2^H settings of the hidden units, in the order of the
 * Gray code, so that one row of W (H, D) is added or taken off at a time, and from scratch every 4096 settings.
 */
export function logLikelihood(rows: Float32Array, w: Float64Array, b: Float64Array, c: Float64Array): number {
  return meanLogWeight(rows, w, b, c) - logPartition(w, b, c)
}

function logPartition(w: Float64Array, b: Float64Array, c: Float64Array): number {
  const H = c.length
  const D = b.length
  const input = Float64Array.from(b)
  let bias = 0
  let most = Number.NEGATIVE_INFINITY
  let total = 0
  for (let n = 0; n < 2 ** H; n++) {
    const code = n ^ (n >> 1)
    if (n % 4096 === 0) {
      bias = sumActive(code, w, b, c, input)
    } else {
      const j = 31 - Math.clz32(n & -n)
      const sign = (code >> j) & 1 ? 1 : -1
      bias += sign * c[j]
      for (let i = 0; i < D; i++) input[i] += sign * w[j * D + i]
    }
    const log = bias + sumSoftplus(input)
    if (log > most) {
      total = total * Math.exp(most - log) + 1
      most = log
    } else total += Math.exp(log - most)
  }
  return most + Math.log(total)
}

/** The input of the visible units for the hidden units in `code`, into `input`; returns c·h. */
function sumActive(
  code: number,
  w: Float64Array,
  b: Float64Array,
  c: Float64Array,
  input: Float64Array,
): number {
  const D = b.length
  let bias = 0
  input.set(b)
  for (let j = 0; j < c.length; j++) {
    if (!((code >> j) & 1)) continue
    bias += c[j]
    for (let i = 0; i < D; i++) input[i] += w[j * D + i]
  }
  return bias
}

/** Σ log(1 + exp x): one logarithm for all, since a product of 16 numbers of at most 2 stays small. */
function sumSoftplus(input: Float64Array): number {
  let linear = 0
  let product = 1
  for (const x of input) {
    linear += Math.max(x, 0)
    product *= 1 + Math.exp(-Math.abs(x))
  }
  return linear + Math.log(product)
}

/** Mean over the rows of b·v + Σ_j log(1 + exp A_j(v)). */
function meanLogWeight(rows: Float32Array, w: Float64Array, b: Float64Array, c: Float64Array): number {
  const D = b.length
  let total = 0
  for (let at = 0; at < rows.length; at += D) {
    const input = Float64Array.from(c)
    for (let i = 0; i < D; i++) {
      total += rows[at + i] * b[i]
      for (let j = 0; j < c.length; j++) input[j] += rows[at + i] * w[j * D + i]
    }
    total += sumSoftplus(input)
  }
  return total / (rows.length / D)
}
