/** Numbers kept in order while others come and go: a search and a move of what lies above, where sorting would begin anew. */

const LEAST_ROOM = 16

export class SortedNumbers {
  #room: Float64Array
  #length: number

  /** @param numbers in any order; none of them NaN */
  constructor(numbers: ArrayLike<number> = []) {
    this.#room = Float64Array.from(numbers).sort()
    this.#length = numbers.length
  }

  /** All of them, ascending. A view: it is good until one comes or goes. */
  get values(): Float64Array {
    return this.#room.subarray(0, this.#length)
  }

  add(number: number): void {
    if (this.#length === this.#room.length) this.#grow()
    const at = this.#placeOf(number)
    this.#room.copyWithin(at + 1, at, this.#length)
    this.#room[at] = number
    this.#length++
  }

  /** Take one of those away that are equal to `number`, of which there has to be one. */
  remove(number: number): void {
    const at = this.#placeOf(number)
    this.#room.copyWithin(at, at + 1, this.#length)
    this.#length--
  }

  /** How many are less. */
  #placeOf(number: number): number {
    let low = 0
    let high = this.#length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#room[middle] < number) low = middle + 1
      else high = middle
    }
    return low
  }

  #grow(): void {
    const larger = new Float64Array(Math.max(LEAST_ROOM, 2 * this.#length))
    larger.set(this.#room)
    this.#room = larger
  }
}
