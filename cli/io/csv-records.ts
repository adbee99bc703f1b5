/**
 * Physical lines to CSV records: a quoted field may hold line breaks, so a record can span lines.
 *
 * This decides only where records end; the fields inside are the parser's business (csv-reader.ts). A quote that is
 * never closed would swallow the rest of the stream: when a record breaks the quoting rules or outgrows the limit, its
 * first line alone is given up and reading resumes on the line after it.
 */

/** A physical line with its number. `text` may end in `\r`. */
interface Line {
  readonly text: string
  readonly number: number
}

export interface RecordIntake {
  /** `text` is without its line ending; `line` is where it begins. */
  record(text: string, line: number): void
  /** A line that cannot be part of a record, and why. */
  reject(line: number, text: string, reason: string): void
}

/** Whether a quoted field is open at the end of a line, or the line breaks the quoting rules. */
export type QuoteState = 'closed' | 'open' | 'stray'

const STRAY = 'expected quotes around whole fields and doubled inside of them, got a stray quote'

export class RecordAssembler {
  readonly #delimiter: string
  readonly #limit: number
  readonly #intake: RecordIntake
  /**
   * The lines of the record that is open, from `#first` on. Each of them but the newest, read inside a quoted field,
   * leaves it open: when the first one is given up, none has to be scanned a second time in that state, which keeps
   * the work linear however many quotes are missing.
   */
  #lines: Line[] = []
  #first = 0
  #bytes = 0

  /** @param limit bytes of the longest record, its inner line endings included */
  constructor(delimiter: string, limit: number, intake: RecordIntake) {
    this.#delimiter = delimiter
    this.#limit = limit
    this.#intake = intake
  }

  line(text: string, number: number): void {
    const line = { text, number }
    if (this.#lines.length === 0) {
      if (!this.#settle(line)) this.#push(line)
      return
    }
    const state = quoteState(bare(text), this.#delimiter, 'open')
    this.#push(line)
    if (state === 'stray') this.#giveUpWhile(() => this.#held > 1, STRAY)
    const tooLong = `expected a closing quote within ${this.#limit} bytes, got none`
    this.#giveUpWhile(() => this.#held > 0 && this.#bytes > this.#limit, tooLong)
    // A line that is first by now opened the field itself and cannot have closed it.
    if (state === 'closed' && this.#held > 1) this.#emit(this.#take())
  }

  /** Nothing that follows belongs to the open record: the stream ended, or a line of it could not be read. */
  interrupt(): void {
    this.#giveUpWhile(() => this.#held > 0, 'expected a closing quote, got none')
  }

  /** The number of the line with which the open record begins; undefined when none is open. */
  get first(): number | undefined {
    return this.#lines[this.#first]?.number
  }

  /** Bytes of the lines of the open record, line endings included. */
  get bytes(): number {
    return this.#bytes
  }

  get #held(): number {
    return this.#lines.length - this.#first
  }

  /** Deal with a line on which no field is open at first; false when it leaves one open. */
  #settle(line: Line): boolean {
    const state = quoteState(bare(line.text), this.#delimiter, 'closed')
    if (state === 'stray') this.#intake.reject(line.number, line.text, STRAY)
    if (state === 'closed') this.#emit([line])
    return state !== 'open'
  }

  #push(line: Line): void {
    this.#lines.push(line)
    this.#bytes += sizeOf(line)
  }

  #giveUpWhile(condition: () => boolean, reason: string): void {
    while (condition()) {
      const { number, text } = this.#shift()
      this.#intake.reject(number, text, reason)
      while (this.#held > 0 && this.#settle(this.#lines[this.#first])) this.#shift()
    }
  }

  #shift(): Line {
    const line = this.#lines[this.#first++]
    this.#bytes -= sizeOf(line)
    if (this.#held === 0) this.#take()
    return line
  }

  #take(): Line[] {
    const lines = this.#lines.slice(this.#first)
    this.#lines = []
    this.#first = 0
    this.#bytes = 0
    return lines
  }

  #emit(lines: readonly Line[]): void {
    const text = bare(lines.map(line => line.text).join('\n'))
    if (text !== '') this.#intake.record(text, lines[0].number)
  }
}

const sizeOf = (line: Line) => Buffer.byteLength(line.text) + 1
const bare = (text: string) => (text.endsWith('\r') ? text.slice(0, -1) : text)

/**
 * The state of a line by the rules of papaparse: a field is quoted when its first character is a quote, a doubled quote
 * stands for itself, and blanks may follow the closing quote.
 * @param before the state in which the line begins
 */
export function quoteState(line: string, delimiter: string, before: 'closed' | 'open'): QuoteState {
  if (before === 'closed' && !line.includes('"')) return 'closed'
  let quoted = before === 'open'
  let at = 0
  for (;;) {
    if (!quoted) {
      quoted = line[at] === '"'
      const next = quoted ? at : line.indexOf(delimiter, at)
      if (next === -1) return 'closed'
      at = next + 1
      continue
    }
    const quote = line.indexOf('"', at)
    if (quote === -1) return 'open'
    if (line[quote + 1] === '"') {
      at = quote + 2
      continue
    }
    const next = line.indexOf(delimiter, quote + 1)
    const after = line.slice(quote + 1, next === -1 ? line.length : next)
    if (after.trim() !== '') return 'stray'
    if (next === -1) return 'closed'
    quoted = false
    at = next + 1
  }
}
