/**
 * Categories: the number of a state, for experts whose cost does not grow with the states. A value gets a state of its
 * own when it is learned for the second time, while there are free ones. All others share "other", which a hash parts
 * into buckets, so that of more values than states each still has a count of its own, nearly.
 *
 * There are as many buckets as there are values that recur, effectively: e to the entropy of those. A new value is then
 * more of a surprise than a usual one by −log of the share of values that are new (Good 1953): by much in a field of
 * five values, and by nothing in a field of names.
 */
import { exp, log } from '../elementary.ts'
import type { Encoding, FieldKind, Row } from '../experts/product.ts'
import type { Admission, EncoderState, EncoderType, FieldEncoder, Outcome } from './field.ts'
import { bucketOf } from './hash.ts'
import { isMissing, isNested, isNonFinite, ownCopy, textOf } from './values.ts'

/** Most states of a field with its buckets, and most that have a value of their own. */
export const MOST_STATES = 1024
export const MOST_NAMED = 256
const MOST_BUCKETS = MOST_STATES - MOST_NAMED
/** Least number of states kept free for values that are still to come. */
const LEAST_SPARE = 16
/** Values seen once that are remembered, the newest. */
const MOST_STRANGERS = 256

/** What of a value counts as its state's name. */
interface Reading {
  readonly kind: FieldKind
  readonly encoding: Encoding
  /** Does the name say less than the value? */
  readonly partial: boolean
  /** Undefined when the value has none. */
  nameOf(value: unknown): string | undefined
}

class IndexEncoder implements FieldEncoder {
  readonly #reading: Reading
  readonly group: { readonly kind: 'index'; readonly size: number }
  /** States 0 to buckets − 1 are "other". */
  readonly #buckets: number
  /** The values with a state of their own, from state `buckets` on. */
  readonly #values: string[] = []
  readonly #states = new Map<string, number>()
  /** Values seen once, the oldest first. */
  readonly #strangers: Set<string>

  constructor(
    reading: Reading,
    values: readonly string[],
    strangers: readonly string[],
    buckets: number,
    size: number,
  ) {
    this.#reading = reading
    this.group = { kind: 'index', size }
    this.#buckets = buckets
    this.#strangers = new Set(strangers)
    for (const value of values) this.#add(value)
  }

  get kind() {
    return this.#reading.kind
  }

  get encoding() {
    return this.#reading.encoding
  }

  get partial() {
    return this.#reading.partial
  }

  encode(value: unknown, row: Row, at: number): Outcome {
    if (isMissing(value)) return 'missing'
    const text = this.#reading.nameOf(value)
    if (text === undefined) return isNested(value) ? 'nested' : isNonFinite(value) ? 'non-finite' : 'kind'
    row[at] = this.#states.get(text) ?? bucketOf(text, this.#buckets)
    return 'present'
  }

  tail() {
    return 0
  }

  get named(): number {
    return this.group.size - this.#buckets
  }

  isOther(row: Row, at: number): boolean {
    return row[at] < this.#buckets
  }

  admit(value: unknown): Admission {
    const text = this.#reading.nameOf(value)
    if (text === undefined || this.#states.has(text)) return 'unchanged'
    if (!this.#strangers.has(text)) return this.#remember(text)
    if (this.#free === 0) return 'full'
    this.#strangers.delete(text)
    this.#add(ownCopy(text))
    return 'admitted'
  }

  read(value: unknown): string | null {
    return this.#reading.nameOf(value) ?? null
  }

  /** The likeliest value that has a name. */
  expected(probabilities: Float32Array): string | null {
    let best = -1
    for (let k = 0; k < this.#values.length; k++) {
      if (best < 0 || probabilities[this.#buckets + k] > probabilities[this.#buckets + best]) best = k
    }
    return best < 0 ? null : this.#values[best]
  }

  /** The value of the state, or what of it is its name; null when that is "other", or free. */
  decode(row: Row, at: number): string | null {
    return this.#values[row[at] - this.#buckets] ?? null
  }

  summary() {
    return { values: this.#values.slice(), free: this.#free, buckets: this.#buckets }
  }

  state() {
    const { size } = this.group
    return {
      size,
      buckets: this.#buckets,
      values: this.#values.slice(),
      strangers: [...this.#strangers],
    }
  }

  get #free(): number {
    return this.named - this.#values.length
  }

  #add(value: string): void {
    this.#states.set(value, this.#buckets + this.#values.length)
    this.#values.push(value)
  }

  #remember(text: string): Admission {
    this.#strangers.add(ownCopy(text))
    if (this.#strangers.size > MOST_STRANGERS) {
      const [oldest] = this.#strangers
      this.#strangers.delete(oldest)
    }
    return 'unchanged'
  }
}

/** How often each name occurs, in order of first appearance. */
function count({ nameOf }: Reading, values: readonly unknown[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const value of values) {
    const text = nameOf(value)
    if (text !== undefined) counts.set(text, (counts.get(text) ?? 0) + 1)
  }
  return counts
}

/**
 * As many buckets as make one of them as likely, among new values, as a value that recurs is among all: the geometric
 * mean of how often those occur, each value of the sample counting once, in the number of values.
 */
function bucketsFor(repeated: readonly number[], strangers: number): number {
  const regulars = repeated.reduce((sum, times) => sum + times, 0)
  const nats = repeated.reduce((sum, times) => sum + times * log(times), 0) / Math.max(1, regulars)
  return Math.max(1, Math.min(MOST_BUCKETS, Math.round((regulars + strangers) / exp(nats))))
}

function fit(reading: Reading, values: readonly unknown[], most = MOST_NAMED): FieldEncoder {
  const counts = [...count(reading, values)]
  const repeated = counts.filter(([, times]) => times > 1).sort(([, a], [, b]) => b - a)
  const strangers = counts.filter(([, times]) => times === 1).map(([text]) => text)
  const buckets = bucketsFor(
    repeated.map(([, times]) => times),
    strangers.length,
  )
  const named = Math.min(MOST_NAMED, most)
  // With few states, all that are there can be given to values that are known.
  const known = repeated.slice(0, named > 2 * LEAST_SPARE ? named - LEAST_SPARE : named).map(([text]) => text)
  // Of the values seen once, each may be about to recur.
  const spare = Math.max(LEAST_SPARE, known.length >> 1, strangers.length)
  const size = buckets + Math.min(named, known.length + spare)
  return new IndexEncoder(reading, known, strangers.slice(-MOST_STRANGERS), buckets, size)
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every(item => typeof item === 'string')
}

const isWithin = (value: unknown, least: number, most: number) =>
  Number.isInteger(value) && Number(value) >= least && Number(value) <= most

function restore(reading: Reading, { size, buckets, values, strangers }: EncoderState): FieldEncoder {
  const room = isWithin(buckets, 1, MOST_BUCKETS) && isWithin(size, Number(buckets) + 1, MOST_STATES)
  const sound = room && isTexts(values) && isTexts(strangers) && new Set(values).size === values.length
  if (!sound || values.length > Number(size) - Number(buckets) || strangers.length > MOST_STRANGERS) {
    throw new RangeError(
      `Expected up to ${MOST_STATES} states, up to ${MOST_BUCKETS} of them buckets, with different texts that fit into ` +
        `the others, got ${size} states with ${buckets} buckets.`,
    )
  }
  return new IndexEncoder(reading, values, strangers, Number(buckets), Number(size))
}

/** Encoders that number the names of values. */
export const numbered = (reading: Reading): EncoderType => ({
  encoding: reading.encoding,
  fit: (values, named) => fit(reading, values, named),
  restore: state => restore(reading, state),
})

/** Categories by their texts. */
export const indexOf = numbered({ kind: 'category', encoding: 'index', partial: false, nameOf: textOf })
