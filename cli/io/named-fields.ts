/** Names of fields on the command line that no record has: mostly a slip of the pen, which should not go unseen. */
import type { DataRecord } from '../../pipeline/index.ts'
import type { CommonFlags } from '../options.ts'

/** Names of fields that flags give. */
export const fieldsNamed = ({
  ignore,
  kinds,
  units,
}: Pick<CommonFlags, 'ignore' | 'kinds' | 'units'>): string[] => [
  ...(ignore ?? []),
  ...Object.keys(kinds ?? {}),
  ...(typeof units === 'object' ? Object.keys(units) : []),
]

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
