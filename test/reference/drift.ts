/** Drift as docs/learning.md tells it, in float64: what a stream of rows adds up to, given the free energies of rows. */

export interface DriftRule {
  readonly threshold: number
  readonly interval: number
  readonly sample: number
  readonly reservoir: number
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length

const variance = (values: readonly number[]) => {
  const middle = mean(values)
  return values.reduce((sum, value) => sum + (value - middle) ** 2, 0) / (values.length - 1)
}

export class DriftOracle {
  readonly #rule: DriftRule
  #older: Float32Array[] = []
  #fresh: Float32Array[] = []
  #waiting = 0
  #comparisons = 0
  #gap = 0
  #variance = 0
  #rising = 0
  #falling = 0

  constructor(rule: DriftRule) {
    this.#rule = rule
  }

  /** A row that was learned; `energy` is the free energy under the parameters that score. Has the stream changed? */
  notice(row: Float32Array, energy: (row: Float32Array) => number): boolean {
    const { interval, sample, reservoir, threshold } = this.#rule
    this.#waiting++
    if (this.#waiting < interval || row.some(Number.isNaN)) return false
    this.#waiting = 0
    if (this.#older.length < reservoir) this.#older.push(row)
    else this.#fresh.push(row)
    if (this.#fresh.length < sample) return false
    this.#compare(energy)
    this.#fresh = []
    if (Math.max(this.#rising, this.#falling) <= threshold) return false
    this.#restart()
    return true
  }

  #restart(): void {
    this.#older = []
    this.#waiting = this.#comparisons = this.#gap = this.#variance = this.#rising = this.#falling = 0
  }

  #compare(energy: (row: Float32Array) => number): void {
    const { sample, reservoir } = this.#rule
    const older = this.#older.map(energy)
    const fresh = this.#fresh.map(energy)
    const gap = mean(fresh) - mean(older)
    const spread = variance(fresh)
    const before = Math.min(this.#comparisons, 64)
    if (before > 0) {
      const largest = Math.max(spread, this.#variance, 1)
      const error = Math.sqrt((largest / sample) * (1 + 1 / before))
      const z = Math.max(-5, Math.min(5, (gap - this.#gap) / error))
      this.#rising = Math.max(0, this.#rising + z - 1)
      this.#falling = Math.max(0, this.#falling - z - 1)
    }
    this.#comparisons++
    const share = 1 / Math.min(this.#comparisons, 64)
    this.#gap += share * (gap - this.#gap)
    this.#variance += share * (spread - this.#variance)
    // The place that is a comparison older than all others.
    const from = this.#comparisons % sample
    const to = this.#comparisons % reservoir
    this.#older[to] = this.#fresh[from]
    this.#gap -= (fresh[from] - older[to]) / reservoir
  }

  /** In the order of the tensor `drift.sums`. */
  get sums(): number[] {
    return [
      this.#comparisons,
      this.#gap,
      this.#variance,
      this.#rising,
      this.#falling,
      this.#waiting,
      this.#fresh.length,
      this.#older.length,
    ]
  }

  /** The rows that are kept, the older ones first. */
  get rows(): Float32Array[] {
    return [...this.#older, ...this.#fresh]
  }
}
