/**
 * What the free energy of a row is compared with: a reservoir of recent rows, scored by the parameters of now. log Z
 * moves with every update, so an energy of an hour ago says nothing about one of now; the difference
 * F(row) − mean F(reservoir) has no log Z in it.
 *
 * Each arrival replaces a random row with probability CAPACITY / min(t, HORIZON), which keeps a uniform sample of about
 * the last HORIZON rows, and one row in turn is scored anew: no cached energy is older than CAPACITY updates.
 */

import { areWithin, isRowCount, LARGEST_ENERGY } from './bounds.ts'
import type { Encoded } from './encoders/record.ts'
import { energyOf } from './energy.ts'
import { KernelMemoryError } from './errors.ts'
import type { Product, Row } from './experts/product.ts'
import { Random } from './random.ts'

/**
 * How far above the mean of the others an energy counts, in nats. A row of millions would move the mean by thousands, and
 * by other thousands whenever the parameters that it is scored by move a little.
 */
const FARTHEST = 1000

const CAPACITY = 256
const HORIZON = 4096

/** A reservoir as a model file holds it. */
export interface ReferenceState {
  /** (n, D). */
  readonly rows: Float32Array
  /** The tail of each row, nats. */
  readonly tails: Float64Array
  /** Energies as last computed, n numbers. */
  readonly energies: Float64Array
  /** Four words of the generator. */
  readonly random: Uint32Array
  /** Rows offered so far, the next one to score, and the running sum of energies. */
  readonly counters: Float64Array
}

export class Reference {
  readonly #product: Product
  readonly #random: Random
  readonly #rows: Row[] = []
  /** Does row i have all its values? */
  readonly #complete: boolean[] = []
  readonly #tails = new Float64Array(CAPACITY)
  readonly #energies = new Float64Array(CAPACITY)
  readonly #scratch: Row
  #offered = 0
  #next = 0
  #sum = 0

  constructor(product: Product, seed: number) {
    this.#product = product
    this.#random = new Random(seed)
    this.#scratch = new Float32Array(product.width)
  }

  /** Mean free energy of the reservoir, tails included, in nats; 0 while it is empty. */
  get mean(): number {
    return this.#rows.length === 0 ? 0 : this.#sum / this.#rows.length
  }

  /** Offer a record that was just learned, and score one row of the reservoir anew. */
  add({ row, tail }: Encoded): void {
    this.#offered++
    const place = this.#placeFor()
    if (place >= 0) this.#put(place, row, tail)
    this.#next = (this.#next + 1) % this.#rows.length
    if (this.#next !== place) this.#score(this.#next)
  }

  state(): ReferenceState {
    const width = this.#product.width
    const rows = new Float32Array(this.#rows.length * width)
    for (const [index, row] of this.#rows.entries()) rows.set(row, index * width)
    return {
      rows,
      tails: this.#tails.slice(0, this.#rows.length),
      energies: this.#energies.slice(0, this.#rows.length),
      random: this.#random.state.slice(),
      counters: Float64Array.of(this.#offered, this.#next, this.#sum),
    }
  }

  /** Put back what `state` gave. Throws a RangeError when it cannot be that. */
  restore({ rows, tails, energies, random, counters }: ReferenceState): void {
    const { width } = this.#product
    const count = energies.length
    const [offered, next, sum] = counters
    const sound =
      count <= CAPACITY &&
      rows.length === count * width &&
      this.#accepts(rows) &&
      tails.length === count &&
      tails.every(tail => tail >= 0 && tail <= LARGEST_ENERGY) &&
      random.length === 4 &&
      counters.length === 3 &&
      random.some(word => word !== 0) &&
      // With the tail, and summed up.
      areWithin(energies, 2 * LARGEST_ENERGY) &&
      areWithin([sum], 2 * CAPACITY * LARGEST_ENERGY)
    if (
      !sound ||
      !(isRowCount(offered) && offered >= count) ||
      !(Number.isInteger(next) && next >= 0 && next < Math.max(1, count))
    ) {
      throw new RangeError(
        `Expected a reservoir of up to ${CAPACITY} rows of ${width} values with as many energies, got ` +
          `${rows.length} values, ${count} energies and counters ${counters}.`,
      )
    }
    this.#rows.length = 0
    const own = rows.slice()
    const complete = !own.includes(Number.NaN)
    for (let i = 0; i < count; i++) {
      const row = own.subarray(i * width, (i + 1) * width)
      this.#rows[i] = row
      this.#complete[i] = complete || !row.includes(Number.NaN)
    }
    this.#tails.set(tails)
    this.#energies.set(energies)
    this.#random.state.set(random)
    this.#offered = offered
    this.#next = next
    this.#sum = sum
  }

  /** Are these rows of the product? It looks at all of them at once. */
  #accepts(rows: Float32Array): boolean {
    try {
      this.#product.freeEnergies(rows)
      return true
    } catch (error) {
      // It says nothing about the rows.
      if (error instanceof KernelMemoryError) throw error
      return false
    }
  }

  /** Where the offered row goes, −1 for nowhere. */
  #placeFor(): number {
    if (this.#rows.length < CAPACITY) return this.#rows.length
    const draw = this.#random.uniform() * Math.min(this.#offered, HORIZON)
    return draw < CAPACITY ? Math.floor(draw) : -1
  }

  #store(place: number, row: Row): void {
    if (place === this.#rows.length) this.#rows.push(row.slice())
    else this.#rows[place].set(row)
    this.#complete[place] = !row.includes(Number.NaN)
  }

  #put(place: number, row: Row, tail: number): void {
    if (place === this.#rows.length) this.#energies[place] = 0
    this.#store(place, row)
    this.#tails[place] = tail
    this.#score(place)
  }

  #score(place: number): void {
    const row = this.#rows[place]
    const energy = energyOf(this.#product, row, this.#complete[place], this.#scratch) + this.#tails[place]
    const counted = Math.min(energy, this.#meanWithout(place) + FARTHEST)
    this.#sum += counted - this.#energies[place]
    this.#energies[place] = counted
  }

  /** Mean energy of all rows but one; infinite without others. */
  #meanWithout(place: number): number {
    const others = this.#rows.length - 1
    return others > 0 ? (this.#sum - this.#energies[place]) / others : Number.POSITIVE_INFINITY
  }
}
