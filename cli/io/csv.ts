/**
 * CSV with a header (RFC 4180), delimited by comma, semicolon, tab or bar. Lines are joined to records here, so that
 * every record knows its line and its own text; what is inside a record is papaparse's business.
 */
import Papa from 'papaparse'
import { type Line, LineSplitter, type Reject } from './lines.ts'
import type { InputRecord, RecordReader, Warn } from './reader.ts'

const DELIMITERS = [',', ';', '\t', '|']

export class CsvReader implements RecordReader {
  readonly format = 'csv'
  readonly #splitter: LineSplitter
  readonly #limit: number
  readonly #reject: Reject
  readonly #warn: Warn
  /** The lines of a record whose quotes are still open. */
  #open: Line[] = []
  #openLength = 0
  #header: string[] | undefined
  #delimiter = ','
  #headerText = ''

  constructor(limit: number, reject: Reject, warn: Warn) {
    this.#splitter = new LineSplitter(limit, reject)
    this.#limit = limit
    this.#reject = reject
    this.#warn = warn
  }

  /** The names of the columns; empty until the header was read. */
  get columns(): readonly string[] {
    return this.#header ?? []
  }

  get delimiter(): string {
    return this.#delimiter
  }

  /** The header as it stood in the input. */
  get headerText(): string {
    return this.#headerText
  }

  push(chunk: Uint8Array): InputRecord[] {
    return this.#parse(this.#join(this.#splitter.push(chunk)))
  }

  end(): InputRecord[] {
    const records = this.#join(this.#splitter.end())
    while (this.#open.length > 0) records.push(...this.#giveUp('at the end of the input'))
    return this.#parse(records)
  }

  /** Lines with balanced quotes, several joined where quotes span them. */
  #join(lines: readonly Line[]): Line[] {
    const records: Line[] = []
    for (const line of lines) {
      const odd = hasOddQuotes(line.text)
      if (this.#open.length === 0 && !odd) {
        records.push(line)
        continue
      }
      const closes = this.#open.length > 0 && odd
      this.#open.push(line)
      this.#openLength += line.text.length + 1
      if (closes) records.push(this.#close())
      else
        while (this.#openLength > this.#limit)
          records.push(...this.#giveUp(`within ${this.#limit} characters`))
    }
    return records
  }

  #close(): Line {
    const record = { number: this.#open[0].number, text: this.#open.map(({ text }) => text).join('\n') }
    this.#open = []
    this.#openLength = 0
    return record
  }

  /** Reject the line that opened the quotes, and look at those after it anew. */
  #giveUp(where: string): Line[] {
    const [first, ...rest] = this.#open
    this.#open = []
    this.#openLength = 0
    this.#reject(first.number, `expected a closing quote, got none ${where}`, first.text)
    return this.#join(rest)
  }

  #parse(lines: Line[]): InputRecord[] {
    if (this.#header === undefined) {
      const header = lines.shift()
      if (!header) return []
      this.#readHeader(header)
    }
    if (lines.length === 0) return []
    const block = lines.map(({ text }) => text).join('\n')
    const { data } = Papa.parse<string[]>(block, { delimiter: this.#delimiter, newline: '\n' })
    const records: InputRecord[] = []
    for (const [index, line] of lines.entries()) {
      // Quotes in odd places can make papaparse see other records than there are lines: then each is parsed alone.
      const cells = data.length === lines.length ? data[index] : this.#cellsOf(line.text)
      const record = this.#recordOf(line, cells)
      if (record) records.push(record)
    }
    return records
  }

  #cellsOf(text: string): string[] {
    return Papa.parse<string[]>(text, { delimiter: this.#delimiter, newline: '\n' }).data.flat()
  }

  #readHeader({ number, text }: Line): void {
    const { data, meta } = Papa.parse<string[]>(text, { newline: '\n', delimitersToGuess: DELIMITERS })
    this.#delimiter = DELIMITERS.includes(meta.delimiter) ? meta.delimiter : ','
    this.#headerText = text
    this.#header = uniqueNames(data.flat(), (name, given) =>
      this.#warn(
        number,
        `header ${given}`,
        `expected column names that differ, got ${JSON.stringify(name)} again or empty; read as ${JSON.stringify(given)}`,
      ),
    )
  }

  #recordOf({ number, text }: Line, cells: readonly string[]): InputRecord | undefined {
    const header = this.#header as string[]
    if (cells.length > header.length) {
      this.#reject(number, `expected ${header.length} columns, got ${cells.length}`, text)
      return undefined
    }
    const missing = header.length - cells.length
    if (missing > 0) {
      this.#warn(
        number,
        'columns',
        `expected ${header.length} columns, got ${cells.length}; the rest is missing`,
      )
    }
    // A column called __proto__ is a column like any other.
    const record: Record<string, string> = Object.create(null)
    for (const [index, cell] of cells.entries()) record[header[index]] = cell
    return { line: number, text: text + this.#delimiter.repeat(missing), record }
  }
}

function hasOddQuotes(text: string): boolean {
  let odd = false
  for (let at = text.indexOf('"'); at >= 0; at = text.indexOf('"', at + 1)) odd = !odd
  return odd
}

/** Names that differ, and are not empty: the second `x` becomes `x_2`, an empty one `column_3`. */
function uniqueNames(names: readonly string[], changed: (name: string, given: string) => void): string[] {
  const taken = new Set<string>()
  return names.map((name, index) => {
    let given = name === '' ? `column_${index + 1}` : name
    for (let copy = 2; taken.has(given); copy++) given = `${name}_${copy}`
    taken.add(given)
    if (given !== name) changed(name, given)
    return given
  })
}
