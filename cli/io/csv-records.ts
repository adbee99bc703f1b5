/**
 * Physical lines to CSV records: a quoted field may hold line breaks, so a record can span lines.
 *
 * This decides only where records end; the fields inside are the parser's business (csv-reader.ts). A quote that is
 * never closed would swallow the rest of the stream: when a record outgrows the limit its first line alone is given up
 * and reading resumes on the line after it.
 */

/** A physical line with its number. `text` may end in `\r`. */
interface Line {
  readonly text: string
  readonly number: number
}

export interface RecordIntake {
  /** `text` is without its line ending. */
  record(text: string, line: number, ending: string): void
  /** The quoted field that opens on this line is not closed within the limit. */
  unclosed(line: number, text: string): void
}

export class RecordAssembler {
  readonly #delimiter: string
  readonly #limit: number
  readonly #intake: RecordIntake
  /**
   * The lines of the record that is open, from `#first` on. Each of them, read inside a quoted field, leaves it open:
   * when the first one is given up, no line has to be scanned a second time in that state.
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
      if (!this.#opens(line)) this.#emit([line])
      else this.#push(line)
      return
    }
    const closes = !leavesQuoteOpen(bare(text), this.#delimiter, true)
    this.#push(line)
    while (this.#bytes > this.#limit && this.#lines.length > 0) this.#giveUpFirst()
    // A line that is first by now opened the field itself and cannot have closed it.
    if (closes && this.#lines.length - this.#first > 1) this.#emit(this.#take())
  }

  /** Nothing that follows belongs to the open record: the stream ended, or a line of it could not be read. */
  interrupt(): void {
    while (this.#lines.length > 0) this.#giveUpFirst()
  }

  #opens(line: Line): boolean {
    return leavesQuoteOpen(bare(line.text), this.#delimiter, false)
  }

  #push(line: Line): void {
    this.#lines.push(line)
    this.#bytes += sizeOf(line)
  }

  #giveUpFirst(): void {
    const { number, text } = this.#shift()
    this.#intake.unclosed(number, text)
    while (this.#lines.length > 0 && !this.#opens(this.#lines[this.#first])) this.#emit([this.#shift()])
  }

  #shift(): Line {
    const line = this.#lines[this.#first++]
    this.#bytes -= sizeOf(line)
    if (this.#first === this.#lines.length) this.#take()
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
    const text = lines.length === 1 ? lines[0].text : lines.map(line => line.text).join('\n')
    const own = bare(text)
    if (own === '') return
    this.#intake.record(own, lines[0].number, own.length < text.length ? '\r\n' : '\n')
  }
}

const sizeOf = (line: Line) => Buffer.byteLength(line.text) + 1
const bare = (text: string) => (text.endsWith('\r') ? text.slice(0, -1) : text)

/**
 * Whether a quoted field is open at the end of a line, by the rules of papaparse: a field is quoted when its first
 * character is a quote, a doubled quote stands for itself, and blanks may follow the closing quote.
 * @param open whether one is open at its beginning
 */
export function leavesQuoteOpen(line: string, delimiter: string, open: boolean): boolean {
  if (!open && !line.includes('"')) return false
  let quoted = open
  let at = 0
  for (;;) {
    if (!quoted) {
      if (line[at] === '"') {
        quoted = true
        at++
      } else {
        const next = line.indexOf(delimiter, at)
        if (next === -1) return false
        at = next + 1
      }
      continue
    }
    const quote = line.indexOf('"', at)
    if (quote === -1) return true
    if (line[quote + 1] === '"') {
      at = quote + 2
      continue
    }
    const next = line.indexOf(delimiter, quote + 1)
    const after = line.slice(quote + 1, next === -1 ? line.length : next)
    if (after.trim() !== '') at = quote + 1
    else if (next === -1) return false
    else {
      quoted = false
      at = next + 1
    }
  }
}
