/** The last scores, in order of arrival and in order of size. Adding one costs a binary search and a move of memory. */
export class ScoreWindow {
  readonly capacity: number
  readonly #ring: Float64Array
  readonly #sorted: Float64Array
  #size = 0
  /** Where the next score goes in the ring. */
  #next = 0

  /** `scores`: at most as many as fit, the oldest first, as if they had been added one by one. */
  constructor(capacity: number, scores: ArrayLike<number> = []) {
    this.capacity = capacity
    this.#ring = new Float64Array(capacity)
    this.#sorted = new Float64Array(capacity)
    this.#ring.set(scores)
    this.#size = scores.length
    this.#next = this.#size % capacity
    this.#sorted.set(this.#ring.slice(0, this.#size).sort())
  }

  get size(): number {
    return this.#size
  }

  /** The scores in ascending order: a view that the next `add` changes. */
  get sorted(): Float64Array {
    return this.#sorted.subarray(0, this.#size)
  }

  /** The score of that rank, 0 the lowest. */
  ranked(rank: number): number {
    return this.#sorted[rank]
  }

  /** How many scores are at least `score`. */
  countFrom(score: number): number {
    return this.#size - this.#below(score)
  }

  /** Take in a score, which is a number; the oldest leaves when the window is full. */
  add(score: number): void {
    if (this.#size === this.capacity) this.forget()
    const sorted = this.#sorted
    const place = this.#below(score)
    sorted.copyWithin(place + 1, place, this.#size)
    sorted[place] = score
    this.#size++
    this.#ring[this.#next] = score
    this.#next = (this.#next + 1) % this.capacity
  }

  /** Forget the oldest score. There has to be one. */
  forget(): void {
    const oldest = this.#below(this.#ring[this.#oldest])
    this.#sorted.copyWithin(oldest, oldest + 1, this.#size)
    this.#size--
  }

  /** The scores, the oldest first. */
  inOrder(): Float64Array {
    const oldest = this.#oldest
    return Float64Array.from({ length: this.#size }, (_, i) => this.#ring[(oldest + i) % this.capacity])
  }

  /** Where the oldest score stands in the ring. */
  get #oldest(): number {
    return (this.#next - this.#size + this.capacity) % this.capacity
  }

  /** How many scores are less than `score`. */
  #below(score: number): number {
    let from = 0
    let to = this.#size
    while (from < to) {
      const middle = (from + to) >>> 1
      if (this.#sorted[middle] < score) from = middle + 1
      else to = middle
    }
    return from
  }
}
