/** Chains between a base model and a product, and how they are led. */
import type { AnnealedChains, Product } from '../experts/product.ts'
import { Random } from '../random.ts'
import { pause } from './pause.ts'

/** Multiply-adds between two looks at the signal: some 50 ms. */
const MOST_AT_ONCE = 2 ** 28
/** A unit costs about as much as this many weights: random numbers and exponentials. */
const UNIT_COST = 32

/** Chains with weights of one. They stand nowhere yet. */
export function chainsOf(product: Product, count: number, base: Float32Array, seed: number): AnnealedChains {
  const random = new Random(seed)
  return {
    states: new Float32Array(count * product.width),
    logWeights: new Float64Array(count),
    base,
    random: Uint32Array.from({ length: 16 }, () => random.next()),
  }
}

/** Chains that have been drawn from the base model. */
export function drawnFromBase(
  product: Product,
  count: number,
  base: Float32Array,
  seed: number,
): AnnealedChains {
  const chains = chainsOf(product, count, base, seed)
  // A sweep at the temperature of the base model draws from it, wherever the chain was.
  product.anneal?.(chains, Float64Array.of(0, 0))
  return chains
}

/** What is done between two pieces of the way, told the share that lies behind. */
export type Between = (share: number) => void

/** Leads chains through temperatures, a piece of the way at each turn. Rejected with the signal's reason when it is aborted. */
export async function lead(
  product: Product,
  chains: AnnealedChains,
  temperatures: Float64Array,
  signal: AbortSignal | undefined,
  between: Between,
): Promise<void> {
  const hidden = Number(product.options.hidden)
  const perChain = product.width * hidden + UNIT_COST * (product.width + hidden)
  const stride = Math.max(1, Math.floor(MOST_AT_ONCE / (perChain * chains.logWeights.length)))
  const last = temperatures.length - 1
  signal?.throwIfAborted()
  for (let from = 0; from < last; from += stride) {
    const to = Math.min(from + stride, last)
    product.anneal?.(chains, temperatures.subarray(from, to + 1))
    between(to / last)
    await pause()
    signal?.throwIfAborted()
  }
}
