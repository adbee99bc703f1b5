/** A density estimate in bins of equal width without ends: a value beyond those seen opens a bin of its own. */
export class OpenHistogram {
  private readonly counts = new Map<number, number>()
  private readonly origin: number
  private readonly width: number
  private total = 0

  /** Filled with at least one value, for which the width of the bins is chosen. */
  constructor(values: Float64Array) {
    this.origin = values.reduce((least, value) => Math.min(least, value))
    const range = values.reduce((most, value) => Math.max(most, value)) - this.origin
    this.width = range / bestBinCount(values, this.origin, range) || 1
    for (const value of values) this.learn(value)
  }

  learn(value: number): void {
    const bin = this.binOf(value)
    this.counts.set(bin, (this.counts.get(bin) ?? 0) + 1)
    this.total++
  }

  /** −ln of the density at a value, in nats; `emptyCount` is what a bin without values counts as. */
  surprise(value: number, emptyCount: number): number {
    const count = this.counts.get(this.binOf(value)) ?? emptyCount
    return Math.log((this.total * this.width) / count)
  }

  private binOf(value: number): number {
    return Math.floor((value - this.origin) / this.width)
  }
}

/**
 * The number b of bins between the extremes that maximises Σ n_k ln(b n_k / n) − (b − 1 + (ln b)^2.5), the n_k being the
 * counts, among 1 … n / ln n (Birgé, Rozenholc: "How many bins should be put in a regular histogram", 2006).
 */
export function bestBinCount(values: Float64Array, origin: number, range: number): number {
  if (range === 0) return 1
  let best = 1
  let bestGain = 0 // of one bin
  for (let bins = 2; bins <= values.length / Math.log(values.length); bins++) {
    const gain = logLikelihood(values, origin, range, bins) - (bins - 1 + Math.log(bins) ** 2.5)
    if (gain > bestGain) [best, bestGain] = [bins, gain]
  }
  return best
}

function logLikelihood(values: Float64Array, origin: number, range: number, bins: number): number {
  const counts = new Int32Array(bins)
  for (const value of values) counts[Math.min(bins - 1, Math.floor(((value - origin) / range) * bins))]++
  let sum = 0
  for (const count of counts) if (count > 0) sum += count * Math.log((bins * count) / values.length)
  return sum
}
