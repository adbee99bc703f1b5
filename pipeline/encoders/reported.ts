/** What was reported of the kind that is reported once. */
import type { Notice, Notify } from '../records.ts'
import { shortened } from './values.ts'

/** Reports that are remembered, at most: a stream may bring a new name with every record. */
const MOST_REPORTED = 1024

export class Reported {
  readonly #what = new Set<string>()

  /** Report, unless the same was reported before or too much was. */
  once(what: string, notify: Notify | undefined, notice: () => Notice): void {
    if (!notify) return
    // Names can be as long as lines.
    const key = shortened(what)
    if (this.#what.has(key) || this.#what.size >= MOST_REPORTED) return
    this.#what.add(key)
    notify(notice())
  }

  /** Another report has said it: it is not reported any more. */
  covers(what: string): void {
    if (this.#what.size < MOST_REPORTED) this.#what.add(shortened(what))
  }
}
