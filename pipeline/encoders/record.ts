/** From records to rows and back: the field encoders side by side. */
import { show } from '../errors.ts'
import type { Encoding, FieldKind, Row, VisibleGroup } from '../experts/product.ts'
import type { DataRecord, Notify } from '../records.ts'
import type { EncoderState, FieldEncoder } from './field.ts'
import { encodingNamed } from './index.ts'
import { categoriesNotice, nestedNotice, newFieldNotice, noticeOf } from './notices.ts'
import type { FieldSample } from './schema.ts'
import { isMissing, isNested } from './values.ts'

/** A field and its place. Fields stand in the row in the order in which they were first seen; each is one group. */
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
  /** Number of fields that are present. */
  present: number
}

/** Names of fields that were reported once, at most: a stream may bring a new name with every record. */
const MOST_REPORTED = 1024

const NONE: ReadonlySet<string> = new Set()

export class RecordEncoder {
  readonly fields: readonly EncodedField[]
  readonly visible: readonly VisibleGroup[]
  /** D. */
  readonly width: number
  readonly #byName: Map<string, EncodedField>
  readonly #growing: readonly EncodedField[]
  readonly #reported: Set<string>

  /** `reported`: what was already reported of the kind that is reported once; encoders that follow each other share it. */
  constructor(
    encoders: readonly (readonly [name: string, encoder: FieldEncoder])[],
    reported: Set<string> = new Set(),
  ) {
    this.#reported = reported
    let at = 0
    const fields: EncodedField[] = []
    for (const [name, encoder] of encoders) {
      fields.push({ name, encoder, at, group: fields.length })
      at += encoder.group.size
    }
    this.fields = fields
    this.visible = fields.map(({ encoder }) => encoder.group)
    this.width = at
    this.#byName = new Map(fields.map(field => [field.name, field]))
    this.#growing = fields.filter(({ encoder }) => encoder.encoding === 'one-hot')
  }

  /** Fitted to a sample. Refuses a kind of field that the family has no encoding for. */
  static fit(
    fields: readonly FieldSample[],
    encodings: Readonly<Partial<Record<FieldKind, Encoding>>>,
    reported?: Set<string>,
  ): RecordEncoder {
    const encoders = fields.map(({ name, kind, values }) => {
      const encoding = encodings[kind]
      if (encoding) return [name, encodingNamed(encoding).fit(values)] as const
      throw new RangeError(
        `Expected fields of kind ${Object.keys(encodings).join(' or ')}, which the family of experts models, ` +
          `got ${show(name)} of kind ${kind}; ignore the field or choose another family.`,
      )
    })
    return new RecordEncoder(encoders, reported)
  }

  static restore(states: readonly FieldState[], reported?: Set<string>): RecordEncoder {
    const encoders = states.map(
      ({ name, encoding, state }) => [name, encodingNamed(encoding).restore(state)] as const,
    )
    return new RecordEncoder(encoders, reported)
  }

  /** An empty record to encode into. */
  workspace(): Encoded {
    const row = new Float32Array(this.width)
    return { row, tails: new Float64Array(this.fields.length), tail: 0, present: 0 }
  }

  /**
   * Encode `record` into `out`; the number of fields that are present. Pure, but for remembering which unknown fields
   * were reported; `settled`: no new field will be taken up any more.
   */
  encode(
    record: DataRecord,
    out: Encoded,
    ignored: ReadonlySet<string> = NONE,
    settled = false,
    notify?: Notify,
  ): number {
    const { row, tails } = out
    row.fill(Number.NaN)
    tails.fill(0)
    out.tail = 0
    out.present = 0
    let position = 0
    for (const name of Object.keys(record)) {
      // Records of a stream mostly have the same fields in the same order: look where it should be first.
      let field: EncodedField | undefined = this.fields[position++]
      if (field?.name !== name) field = this.#byName.get(name)
      if (field === undefined) {
        if (notify && !ignored.has(name)) this.#reportUnknown(name, record[name], settled, notify)
        continue
      }
      position = field.group + 1
      const outcome = field.encoder.encode(record[name], row, field.at)
      if (outcome === 'present') {
        out.present++
        tails[field.group] = field.encoder.tail(record[name])
        out.tail += tails[field.group]
      } else if (notify && outcome !== 'missing') {
        const notice = noticeOf(outcome, name, record[name], field.encoder.kind)
        if (notice) notify(notice)
      }
    }
    return out.present
  }

  /** Let categories take up what is about to be learned; `row` is `record` as `encode` wrote it and is kept so. */
  admit(record: DataRecord, row: Row, notify?: Notify): void {
    for (const { name, encoder, at } of this.#growing) {
      // Only a value without a state of its own, "other", can be given one.
      if (row[at] !== 1) continue
      const admission = encoder.admit(record[name])
      if (admission === 'admitted') encoder.encode(record[name], row, at)
      else if (admission === 'full' && notify) this.#reportFull(name, encoder.group.size, notify)
    }
  }

  state(): FieldState[] {
    return this.fields.map(({ name, encoder }) => ({
      name,
      encoding: encoder.encoding,
      state: encoder.state(),
    }))
  }

  #reportUnknown(name: string, value: unknown, settled: boolean, notify: Notify): void {
    if (isMissing(value)) return
    if (isNested(value)) notify(nestedNotice(name, value))
    else if (settled && this.#once(`new ${name}`)) notify(newFieldNotice(name))
  }

  #reportFull(name: string, states: number, notify: Notify): void {
    if (this.#once(`full ${name}`)) notify(categoriesNotice(name, states))
  }

  #once(what: string): boolean {
    if (this.#reported.has(what) || this.#reported.size >= MOST_REPORTED) return false
    this.#reported.add(what)
    return true
  }
}
