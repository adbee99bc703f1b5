/** Records of a file that was dropped onto the page or chosen. It never leaves the browser. */
import { element } from './element.ts'
import { recordsOf } from './files.ts'
import type { Session } from './session.ts'
import type { Source } from './source.ts'
import { number, shown } from './words.ts'

export class FileSource implements Source {
  readonly span = 5000
  readonly #session: Session
  readonly #status = element('file-status', HTMLElement)
  #control = new AbortController()

  constructor(session: Session) {
    this.#session = session
  }

  start(): void {
    this.#status.textContent = ''
  }

  stop(): void {
    this.#control.abort()
  }

  /** Read a file from its beginning to its end. */
  async read(file: File): Promise<void> {
    this.stop()
    this.#control = new AbortController()
    const stop = this.#control.signal
    let rejected = 0
    let read = 0
    this.#status.textContent = `Reading ${shown(file.name)} …`
    const counted = async function* () {
      for await (const records of recordsOf(file, lines => (rejected += lines))) {
        read += records.length
        yield records
      }
    }
    await this.#session.feed(counted(), stop)
    if (stop.aborted) return
    const lines = rejected === 1 ? '1 line was no record' : `${number(rejected)} lines were no records`
    const unread = rejected > 0 ? `, ${lines}` : ''
    this.#status.textContent = `${shown(file.name)}: ${number(read)} records${unread}.`
  }
}
