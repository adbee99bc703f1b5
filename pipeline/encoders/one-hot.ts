/**
 * Categories: a one-hot group that grows. State 0 is "other": every value that has no state of its own. A value gets
 * a state when it is learned for the second time, while there are free ones, so that the probability of "other" is the
 * probability of something new (the share of values seen once, Good 1953): a stranger is surprising in a field of five
 * values and is not in a field of names, which can neither hog the states nor raise an alarm for ever.
 */
import type { Row } from '../experts/product.ts'
import type { Admission, EncoderState, EncoderType, FieldEncoder, Outcome } from './field.ts'
import { isMissing, isNested, isNonFinite, ownCopy, textOf } from './values.ts'

/** Most states of a field, "other" among them. */
export const MOST_STATES = 64
/** Least number of states kept free for values that are still to come. */
const LEAST_SPARE = 3
/** Values seen once that are remembered, the newest. */
const MOST_STRANGERS = 256

class OneHotEncoder implements FieldEncoder {
  readonly kind = 'category'
  readonly encoding = 'one-hot'
  readonly group: { readonly kind: 'softmax'; readonly size: number }
  /** Value by state; state 0 has none. */
  readonly #values: string[] = []
  readonly #states = new Map<string, number>()
  /** Values seen once, the oldest first. */
  readonly #strangers: Set<string>

  constructor(values: readonly string[], strangers: readonly string[], size: number) {
    this.group = { kind: 'softmax', size }
    this.#strangers = new Set(strangers)
    for (const value of values) this.#add(value)
  }

  encode(value: unknown, row: Row, at: number): Outcome {
    if (isMissing(value)) return 'missing'
    const text = textOf(value)
    if (text === undefined) return isNested(value) ? 'nested' : isNonFinite(value) ? 'non-finite' : 'kind'
    const { size } = this.group
    for (let k = 0; k < size; k++) row[at + k] = 0
    row[at + (this.#states.get(text) ?? 0)] = 1
    return 'present'
  }

  tail() {
    return 0
  }

  get named(): number {
    return this.group.size - 1
  }

  isOther(row: Row, at: number): boolean {
    return row[at] === 1
  }

  admit(value: unknown): Admission {
    const text = textOf(value)
    if (text === undefined || this.#states.has(text)) return 'unchanged'
    if (!this.#strangers.has(text)) return this.#remember(text)
    if (this.#values.length + 1 >= this.group.size) return 'full'
    this.#strangers.delete(text)
    this.#add(ownCopy(text))
    return 'admitted'
  }

  read(value: unknown): string | null {
    return textOf(value) ?? null
  }

  /** The likeliest value that has a name. */
  expected(probabilities: Float32Array): string | null {
    let best = 0
    for (let k = 1; k <= this.#values.length; k++) {
      if (best === 0 || probabilities[k] > probabilities[best]) best = k
    }
    return best === 0 ? null : this.#values[best - 1]
  }

  /** The value of the largest state; null when that is "other", or free. */
  decode(row: Row, at: number): string | null {
    let best = 0
    for (let k = 1; k < this.group.size; k++) if (row[at + k] > row[at + best]) best = k
    return this.#values[best - 1] ?? null
  }

  summary() {
    return { values: this.#values.slice(), free: this.group.size - 1 - this.#values.length }
  }

  state() {
    return { size: this.group.size, values: this.#values.slice(), strangers: [...this.#strangers] }
  }

  #add(value: string): void {
    this.#values.push(value)
    this.#states.set(value, this.#values.length)
  }

  #remember(text: string): Admission {
    this.#strangers.add(ownCopy(text))
    if (this.#strangers.size <= MOST_STRANGERS) return 'unchanged'
    const [oldest] = this.#strangers
    this.#strangers.delete(oldest)
    return 'full'
  }
}

/** How often each text occurs, in order of first appearance. */
function count(values: readonly unknown[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const value of values) {
    const text = textOf(value)
    if (text !== undefined) counts.set(text, (counts.get(text) ?? 0) + 1)
  }
  return counts
}

function fit(values: readonly unknown[], named = MOST_STATES - 1): FieldEncoder {
  const most = Math.min(MOST_STATES - 1, named)
  const counts = [...count(values)]
  const repeated = counts.filter(([, times]) => times > 1).sort(([, a], [, b]) => b - a)
  const known = repeated.slice(0, most).map(([text]) => text)
  const strangers = counts.filter(([, times]) => times === 1).map(([text]) => text)
  const spare = Math.max(LEAST_SPARE, known.length >> 1)
  const size = 1 + Math.min(most, known.length + spare)
  return new OneHotEncoder(known, strangers.slice(-MOST_STRANGERS), size)
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every(item => typeof item === 'string')
}

function restore({ size, values, strangers }: EncoderState): FieldEncoder {
  const room = Number.isInteger(size) && Number(size) >= 2 && Number(size) <= MOST_STATES
  const sound = room && isTexts(values) && isTexts(strangers) && new Set(values).size === values.length
  if (!sound || values.length >= Number(size) || strangers.length > MOST_STRANGERS) {
    throw new RangeError(
      `Expected up to ${MOST_STATES} states with different texts that fit into them, got ${size} states.`,
    )
  }
  return new OneHotEncoder(values, strangers, Number(size))
}

export const oneHot: EncoderType = { encoding: 'one-hot', fit, restore }
