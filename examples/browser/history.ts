/**
 * The last scores of the stream, and what of them fits on a screen. However fast records come, a column of pixels shows
 * the lowest and the highest score of its records and the highest alarm, so that a frame costs the same and nothing that
 * matters is lost.
 */

/** What a chart draws: an array a curve, one value a column; NaN where there is nothing. */
export interface Columns {
  /** Number of the record in the middle of the column. */
  readonly record: Float64Array
  readonly low: Float64Array
  readonly high: Float64Array
  /** Where an alarm begins, in nats. */
  readonly line: Float64Array
  readonly alarm: Float64Array
}

export class History {
  readonly #capacity: number
  readonly #scores: Float32Array
  readonly #lines: Float32Array
  readonly #alarms: Uint8Array
  #alpha = Number.NaN
  #line = Number.NaN
  #count = 0

  /** `capacity`: records that are remembered; older ones are written over. */
  constructor(capacity: number) {
    this.#capacity = capacity
    this.#scores = new Float32Array(capacity)
    this.#lines = new Float32Array(capacity)
    this.#alarms = new Uint8Array(capacity)
  }

  /** Records so far. */
  get count(): number {
    return this.#count
  }

  /** The score at which an alarm begins, in nats; NaN while nobody knows. */
  get line(): number {
    return this.#line
  }

  get alpha(): number {
    return this.#alpha
  }

  /** The p-value below which a record alarms from now on: the line is somewhere else. */
  set alpha(alpha: number) {
    this.#alpha = alpha
    this.#line = Number.NaN
  }

  /**
   * Take in a score and its p-value, NaN for none. The line is moved by what contradicts it: up by a record above it that
   * passed, down by an alarm below it. So it always lies between the two.
   */
  add(score: number, p: number): void {
    const alarm = p < this.#alpha
    if (!Number.isNaN(p)) {
      const isRefuted = alarm ? score < this.#line : !(score <= this.#line)
      if (isRefuted) this.#line = score
    }
    const at = this.#count % this.#capacity
    this.#scores[at] = score
    this.#lines[at] = this.#line
    this.#alarms[at] = Number(alarm)
    this.#count++
  }

  clear(): void {
    this.#count = 0
    this.#line = Number.NaN
  }

  /** The records from one number to another, both from 0 on, in at most about `most` columns. */
  columns([from, to]: readonly [number, number], most: number): Columns {
    const end = Math.min(this.#count, to)
    const begin = Math.max(from, end - this.#capacity, 0)
    // Columns begin at multiples of their width, or the same record would wander between two of them.
    const width = Math.max(1, Math.ceil((to - from) / most))
    const first = Math.floor(begin / width)
    const count = Math.ceil(end / width) - first
    const empty = () => new Float64Array(count).fill(Number.NaN)
    const columns = { record: empty(), low: empty(), high: empty(), line: empty(), alarm: empty() }
    for (let column = 0; column < count; column++) {
      const start = (first + column) * width
      columns.record[column] = start + (width + 1) / 2
      this.#reduce(columns, column, Math.max(begin, start), Math.min(end, start + width))
    }
    return columns
  }

  #reduce({ low, high, line, alarm }: Columns, column: number, start: number, end: number): void {
    for (let record = start; record < end; record++) {
      const at = record % this.#capacity
      const score = this.#scores[at]
      if (Number.isNaN(score)) continue
      if (!(low[column] <= score)) low[column] = score
      if (!(high[column] >= score)) high[column] = score
      if (this.#alarms[at] && !(alarm[column] >= score)) alarm[column] = score
      line[column] = this.#lines[at]
    }
  }
}
