/** The interface that every encoding of a field implements. */
import type { Encoding, FieldKind, Row, VisibleGroup } from '../experts/product.ts'
import type { Value } from '../records.ts'

/** What became of a value: written to the row, or left missing, and then why. */
export type Outcome = 'present' | 'missing' | 'nested' | 'non-finite' | 'kind'

/** The state of an encoder as plain JSON, from which it is rebuilt. */
export type EncoderState = Readonly<Record<string, number | string | readonly string[] | readonly number[]>>

/** What happened when a value was taken up: nothing, a state of its own from now on, or no room for one. */
export type Admission = 'unchanged' | 'admitted' | 'full'

/** One field's way into a row: one visible group, from `at` on. */
export interface FieldEncoder {
  /** Does the group say less than the value does, so that no value can be made of it? */
  readonly partial?: boolean
  readonly kind: FieldKind
  readonly encoding: Encoding
  readonly group: VisibleGroup
  /** Write `value` to `row`, which is NaN in the group's place and stays so when the value is not present. Pure. */
  encode(value: unknown, row: Row, at: number): Outcome
  /**
   * −log of how much less likely `value` is than the state that stands for it, in nats: 0 but for values far beyond
   * the range of a number, which share a state with those just beyond it. Pure.
   */
  tail(value: unknown): number
  /** Does the row have a value without a state of its own there? Only encoders that give states to new values know. */
  isOther?(row: Row, at: number): boolean
  /** Most values that can have a state of their own, where values get one. */
  readonly named?: number
  /** Take notice of a value that is about to be learned; afterwards `encode` may write it differently. */
  admit(value: unknown): Admission
  /** The value as the encoder understands it: a number for a numeric text. Call it for present values only. */
  read(value: unknown): Value
  /** The value that a distribution over the group's states suggests; null when it suggests none. */
  expected(probabilities: Float32Array): Value
  /**
   * The value that stands in the row there, up to what the encoding leaves out, so that it is encoded as the row is; null
   * for a state without a value of its own. Absent where no value can be made. Pure.
   */
  decode?(row: Row, at: number): Value
  /** What to tell a person about the encoding. */
  summary(): EncoderState
  state(): EncoderState
}

/** How encoders of one encoding come into being. */
export interface EncoderType {
  readonly encoding: Encoding
  /** From the present values of a field, at least one of which is of the kind; `named`: most that get a state of their own. */
  fit(values: readonly unknown[], named?: number): FieldEncoder
  /** From what `state` gave. Throws a RangeError when it cannot be that. */
  restore(state: EncoderState): FieldEncoder
}
