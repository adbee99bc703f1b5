/** From records to rows and back: the field encoders of one family of experts side by side. */
import type { Encoding, Row, VisibleGroup } from '../experts/product.ts'
import type { DataRecord } from '../records.ts'
import { widthOf } from '../visible.ts'
import type { EncoderState, FieldEncoder, Outcome } from './field.ts'
import { encodingNamed } from './index.ts'
import type { FieldSample } from './schema.ts'

/** A field and its place. A field that is looked at in several ways has a place for each. */
export interface EncodedField {
  readonly name: string
  readonly encoder: FieldEncoder
  /** Position of its first value in the row. */
  readonly at: number
  /** Index of its visible group, as `surprise` counts groups. */
  readonly group: number
}

/** A field as a model file holds it. */
export interface FieldState {
  readonly name: string
  readonly encoding: string
  readonly state: EncoderState
}

/** A record as experts see it; what the encoder fills anew for every record. */
export interface Encoded {
  /** D values, NaN where a field is missing. */
  readonly row: Row
  /** G numbers, nats: see `FieldEncoder.tail`. */
  readonly tails: Float64Array
  /** Their sum. */
  tail: number
  /** Number of groups that are present. */
  present: number
}

export class RecordEncoder {
  readonly fields: readonly EncodedField[]
  readonly visible: readonly VisibleGroup[]
  /** D. */
  readonly width: number
  readonly #growing: readonly EncodedField[]

  constructor(encoders: readonly (readonly [name: string, encoder: FieldEncoder])[]) {
    let at = 0
    this.fields = encoders.map(([name, encoder], group) => {
      const field = { name, encoder, at, group }
      at += widthOf([encoder.group])
      return field
    })
    this.visible = encoders.map(([, encoder]) => encoder.group)
    this.width = at
    this.#growing = this.fields.filter(({ encoder }) => encoder.isOther !== undefined)
  }

  /** Fitted to a sample of fields; `named`: most values of a field that get a state of their own. */
  static fit(
    fields: readonly FieldSample[],
    encodingsOf: (field: FieldSample) => readonly Encoding[],
    named?: number,
  ): RecordEncoder {
    const encoders = fields.flatMap(field =>
      encodingsOf(field).map(
        encoding => [field.name, encodingNamed(encoding).fit(field.values, named)] as const,
      ),
    )
    return new RecordEncoder(encoders)
  }

  static restore(states: readonly FieldState[]): RecordEncoder {
    return new RecordEncoder(
      states.map(({ name, encoding, state }) => [name, encodingNamed(encoding).restore(state)]),
    )
  }

  /** An empty record to encode into. */
  workspace(): Encoded {
    const row = new Float32Array(this.width).fill(Number.NaN)
    return { row, tails: new Float64Array(this.fields.length), tail: 0, present: 0 }
  }

  /** Make `out` the record without any field. */
  clear(out: Encoded): void {
    out.row.fill(Number.NaN)
    out.tails.fill(0)
    out.tail = 0
    out.present = 0
  }

  /** Write a value of one of `fields` to `out`, where it is missing so far. Pure but for `out`. */
  put({ encoder, at, group }: EncodedField, value: unknown, out: Encoded): Outcome {
    const outcome = encoder.encode(value, out.row, at)
    if (outcome !== 'present') return outcome
    out.present++
    out.tails[group] = encoder.tail(value)
    out.tail += out.tails[group]
    return outcome
  }

  /** Write all fields of `record` to `out`. Pure but for `out`. */
  encode(record: DataRecord, out: Encoded): void {
    this.clear(out)
    for (const field of this.fields)
      if (Object.hasOwn(record, field.name)) this.put(field, record[field.name], out)
  }

  /**
   * Let categories take up what is about to be learned; `row` is `record` as it was encoded and is kept so. `onFull`: for
   * each field that has no room for its value.
   */
  admit(record: DataRecord, row: Row, onFull?: (field: EncodedField) => void): void {
    for (const field of this.#growing) {
      const { name, encoder, at } = field
      // Only a value without a state of its own, "other", can be given one.
      if (!encoder.isOther?.(row, at)) continue
      const admission = encoder.admit(record[name])
      if (admission === 'admitted') encoder.encode(record[name], row, at)
      else if (admission === 'full') onFull?.(field)
    }
  }

  state(): FieldState[] {
    return this.fields.map(({ name, encoder }) => ({
      name,
      encoding: encoder.encoding,
      state: encoder.state(),
    }))
  }
}
