/** What goes into a detector and what comes out of it. */

/** A value of a field that can be scored. */
export type Value = number | string | boolean | null

/** A record as JSON.parse or a row of CSV gives it. Absent, null, undefined and '' are missing values. */
export type DataRecord = Readonly<Record<string, unknown>>

/** Why a record is surprising: one of its fields, given all the others. */
export interface Reason {
  readonly field: string
  /** What the record has. */
  readonly value: Value
  /** What the other fields suggest: the likeliest category, or the mean of the number. null when nothing is known. */
  readonly expected: Value
  /**
   * −log p(value | the other fields) beyond what the field usually costs, in nats: what it adds to the score. In what
   * `denoiseOne` changed: −log p itself.
   */
  readonly surprise: number
  /** Of a number: on which side of what was expected. */
  readonly direction?: 'above' | 'below'
}

/** What a detector says about a record. All null, and no reasons, while it is warming up. */
export interface Verdict {
  /** Weighted free energies relative to the mean of other records, in nats: higher is more anomalous. */
  readonly score: number | null
  /** Share of recent records that scored at least as high; null until 100 records have been scored. */
  readonly p: number | null
  /** p < alpha. */
  readonly anomaly: boolean | null
  /** The most surprising fields, the most surprising first. */
  readonly why: Reason[]
}

/**
 * Something about a field that its user should know.
 *
 * `unmodelled` a field of a kind that the chosen family has no units for, once a field · `nested` an object or array in
 * place of a value · `non-finite` NaN or an infinite number · `kind` a value of another kind than the field's ·
 * `categories` more distinct values than can be told apart, once a field · `new-field` a field that came too late to be
 * taken up or is a counter, once a field · `no-fields` a record without any value to score · `fields` more fields than are
 * taken up, once · `names` ever new names of fields, once · `keys` more keys than may have a model of their own, once ·
 * `unmade` a field of which `sample` can make no values, once a field ·
 * `divergence` a family of experts whose learning rate is far too high, once a family · `memory` no room for a model of more
 * records, once.
 */
export interface Notice {
  readonly code:
    | 'nested'
    | 'non-finite'
    | 'kind'
    | 'categories'
    | 'new-field'
    | 'no-fields'
    | 'unmodelled'
    | 'fields'
    | 'names'
    | 'divergence'
    | 'keys'
    | 'memory'
    | 'unmade'
  /** '' for `no-fields`, `fields`, `names`, `divergence` and `memory`. */
  readonly field: string
  /** What was expected, what came, what was done, and the remedy. */
  readonly message: string
}

/** Where notices go. */
export type Notify = (notice: Notice) => void
