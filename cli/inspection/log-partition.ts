/** log Z of the products of a model, exactly where that can be had and between bounds where it cannot. */
import {
  bracketLogPartition,
  enumerateLogPartition,
  exactLogPartition,
  type Product,
} from '../../pipeline/index.ts'

/** In nats. */
export interface FoundLogPartition {
  readonly logPartition: number | null
  /** `annealing`: `low` and `high` are what annealing there and back gives, whose expectations lie on either side. */
  readonly method: 'exact' | 'annealing' | 'none'
  readonly low: number | null
  readonly high: number | null
  /** Why there is none. */
  readonly reason?: string
}

export interface Search {
  readonly chains: number
  readonly temperatures: number
  readonly seed: number
  readonly signal: AbortSignal
  onProgress(share: number): void
}

const exactly = (logPartition: number): FoundLogPartition => ({
  logPartition,
  method: 'exact',
  low: logPartition,
  high: logPartition,
})

/** Boltzmann machines, whose enumeration may take minutes, in turns; others at once. */
async function exactOf(product: Product, { signal, onProgress }: Search): Promise<FoundLogPartition> {
  if (product.family !== 'rbm') return exactly(exactLogPartition(product))
  return exactly(await enumerateLogPartition(product, { signal, onProgress }))
}

/** @throws what the signal gives as its reason */
export async function findLogPartition(product: Product, search: Search): Promise<FoundLogPartition> {
  try {
    return await exactOf(product, search)
  } catch (error) {
    search.signal.throwIfAborted()
    // A family without one, or a product that is too large for it.
    if (!(error instanceof TypeError || error instanceof RangeError)) throw error
    if (!product.anneal) {
      const reason = error instanceof RangeError ? error.message : 'these experts have none that can be found'
      return { logPartition: null, method: 'none', low: null, high: null, reason }
    }
  }
  const { chains, temperatures, seed, signal, onProgress } = search
  const { logPartition, low, high } = await bracketLogPartition(product, {
    chains,
    temperatures,
    seed,
    signal,
    onProgress,
  })
  return { logPartition, method: 'annealing', low, high }
}
