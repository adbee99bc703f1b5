/** The way of a record into the rows of all members: one look at every field, whoever looks at it. */
import { nestedNotice, newFieldNotice, noticeOf } from './encoders/notices.ts'
import type { Encoded, EncodedField, RecordEncoder } from './encoders/record.ts'
import type { Reported } from './encoders/reported.ts'
import { isMissing, isNested } from './encoders/values.ts'
import type { DataRecord, Notify } from './records.ts'

/** Where the values of one field go: to a place in the row of each member that looks at it. */
interface Route {
  readonly name: string
  /** Position among the routes. */
  readonly position: number
  readonly places: readonly { readonly member: number; readonly field: EncodedField }[]
}

const NONE: ReadonlySet<string> = new Set()

export class Layout {
  readonly #encoders: readonly RecordEncoder[]
  readonly #routes: readonly Route[]
  readonly #byName: ReadonlyMap<string, Route>
  readonly #reported: Reported

  /** `encoders`: one a member. `reported` is shared with the layouts before and after. */
  constructor(encoders: readonly RecordEncoder[], reported: Reported) {
    this.#encoders = encoders
    this.#reported = reported
    const places = new Map<string, { member: number; field: EncodedField }[]>()
    for (const [member, { fields }] of encoders.entries()) {
      for (const field of fields) {
        const others = places.get(field.name)
        if (others) others.push({ member, field })
        else places.set(field.name, [{ member, field }])
      }
    }
    this.#routes = [...places].map(([name, each], position) => ({ name, position, places: each }))
    this.#byName = new Map(this.#routes.map(route => [route.name, route]))
  }

  /** Names of the fields, in the order in which members look at them. */
  get names(): readonly string[] {
    return this.#routes.map(({ name }) => name)
  }

  /**
   * Encode `record` into `out`, one row a member; the number of its fields that are present. Pure, but for remembering
   * which unknown fields were reported; `settled`: no new field will be taken up any more.
   */
  encode(
    record: DataRecord,
    out: readonly Encoded[],
    ignored: ReadonlySet<string> = NONE,
    settled = false,
    notify?: Notify,
  ): number {
    for (const [member, encoder] of this.#encoders.entries()) encoder.clear(out[member])
    let present = 0
    let position = 0
    for (const name of Object.keys(record)) {
      // Records of a stream mostly have the same fields in the same order: look where it should be first.
      let route: Route | undefined = this.#routes[position++]
      if (route?.name !== name) route = this.#byName.get(name)
      if (route === undefined) {
        if (notify && !ignored.has(name)) this.#reportUnknown(name, record[name], settled, notify)
        continue
      }
      position = route.position + 1
      if (this.#put(route, record[name], out, notify)) present++
    }
    return present
  }

  /** Is the field present for anyone? What it is that nobody can use is reported. */
  #put({ name, places }: Route, value: unknown, out: readonly Encoded[], notify?: Notify): boolean {
    let present = false
    for (const { member, field } of places) {
      const outcome = this.#encoders[member].put(field, value, out[member])
      if (outcome === 'present') present = true
      else if (notify && !present && outcome !== 'missing') {
        const notice = noticeOf(outcome, name, value, field.encoder.kind)
        if (notice) notify(notice)
        return false
      }
    }
    return present
  }

  #reportUnknown(name: string, value: unknown, settled: boolean, notify: Notify): void {
    if (isMissing(value)) return
    if (isNested(value)) notify(nestedNotice(name, value))
    else if (settled) this.#reported.once(`new ${name}`, notify, () => newFieldNotice(name))
  }
}
