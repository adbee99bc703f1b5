/** log Z of products of mixtures, by their expansion into K^M normal distributions. */
import { exp, log } from '../elementary.ts'
import type { Product } from '../experts/product.ts'

/** Most terms that are added up: a second for twenty fields. */
const MOST_TERMS = 2 ** 20
const LOG_2_PI = log(2 * Math.PI)

/** A normal density over D fields with a factor in front: e^log Π_i N(v_i; mean_i, variance_i). */
interface Term {
  readonly log: number
  readonly mean: Float64Array
  readonly variance: Float64Array
}

function logSumExp(values: Float64Array): number {
  const most = values.reduce((largest, value) => Math.max(largest, value))
  return most + log(values.reduce((sum, value) => sum + exp(value - most), 0))
}

/** The components of every expert with log α. */
function expertsOf(product: Product): Term[][] {
  if (product.family !== 'mixture') {
    throw new TypeError(`Expected a product of mixture experts, got one of ${product.family}.`)
  }
  const tensors = product.tensors()
  const [experts, components] = tensors['experts.logits'].shape
  const { width } = product
  const lineOf = (name: string, c: number) =>
    Float64Array.from(tensors[name].data.subarray(c * width, (c + 1) * width))
  return Array.from({ length: experts }, (_, m) => {
    const logits = Float64Array.from(
      tensors['experts.logits'].data.subarray(m * components, (m + 1) * components),
    )
    const normaliser = logSumExp(logits)
    return Array.from(logits, (logit, k) => ({
      log: logit - normaliser,
      mean: lineOf('experts.means', m * components + k),
      variance: lineOf('experts.roots', m * components + k).map(root => 1 / root ** 2),
    }))
  })
}

/** N(v; a, A) N(v; b, B) = N(a; b, A + B) N(v; c, C), C = AB / (A + B), c = a + (b − a) A / (A + B), field by field. */
function multiply(a: Term, b: Term): Term {
  let factor = a.log + b.log
  const mean = new Float64Array(a.mean.length)
  const variance = new Float64Array(a.mean.length)
  for (let i = 0; i < mean.length; i++) {
    const both = a.variance[i] + b.variance[i]
    const away = b.mean[i] - a.mean[i]
    factor -= 0.5 * (LOG_2_PI + log(both) + (away * away) / both)
    mean[i] = a.mean[i] + (away * a.variance[i]) / both
    variance[i] = (a.variance[i] * b.variance[i]) / both
  }
  return { log: factor, mean, variance }
}

/**
 * log Z of a product of `mixture` experts in nats, exactly (float64): log p(v) = −freeEnergy(v) − log Z. A component of every
 * expert multiplied is a normal density again, with its overlap in front; their sum over all K^M choices is Z. Throws a
 * TypeError for other families and a RangeError when there are more than 2²⁰ choices.
 */
export function mixtureLogPartition(product: Product): number {
  const [first, ...others] = expertsOf(product)
  const terms = first.length ** (others.length + 1)
  if (terms > MOST_TERMS) {
    throw new RangeError(
      `Expected at most ${MOST_TERMS} terms, components to the power of experts, got ${terms}.`,
    )
  }
  const logs = new Float64Array(terms)
  let found = 0
  const visit = (depth: number, term: Term) => {
    if (depth === others.length) logs[found++] = term.log
    else for (const component of others[depth]) visit(depth + 1, multiply(term, component))
  }
  for (const component of first) visit(0, component)
  return logSumExp(logs)
}
