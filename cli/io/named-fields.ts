/** Names of fields on the command line that no record has: mostly a slip of the pen, which should not go unseen. */
import type { DataRecord } from '../../pipeline/index.ts'

export class NamedFields {
  /** Names that have not come yet. */
  readonly #awaited: Set<string>

  constructor(names: Iterable<string>) {
    this.#awaited = new Set(names)
  }

  /** Take notice of a record. Costs nothing once all names have come. */
  see(record: DataRecord): void {
    for (const name of this.#awaited) if (Object.hasOwn(record, name)) this.#awaited.delete(name)
  }

  get unseen(): readonly string[] {
    return [...this.#awaited]
  }
}
