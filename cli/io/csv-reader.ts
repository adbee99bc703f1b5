/**
 * CSV: the first line names the columns, unless their names are given, and every further record is an object of strings
 * by column name. Delimiter and line ending are taken from the stream itself. papaparse splits records into fields, a
 * block of whole records at a time.
 */
import Papa from 'papaparse'
import { excerpt } from '../../pipeline/ndjson/excerpt.ts'
import { LineSplitter } from '../../pipeline/ndjson/lines.ts'
import { inputError } from '../errors.ts'
import { RecordAssembler } from './csv-records.ts'
import type { Dialect, Intake, Reader, ReaderStart, Rejection } from './entry.ts'
import { endState, lineLimit, lineStart } from './lines.ts'
import type { ReaderState } from './position.ts'
import { visible } from './terminal.ts'

/** What a header is tried for, in order of preference. */
export const DELIMITERS = [',', ';', '\t', '|'] as const
/** More columns than any table has. */
const MOST_COLUMNS = 1 << 16
/** Columns that a record may leave out at its end: they are written, so that a line of one byte becomes this much longer. */
const MOST_MISSING = 1000

/** A record of the block whose fields are still to be separated. */
interface Pending {
  readonly text: string
  readonly line: number
}

class CsvReader implements Reader {
  readonly #intake: Intake
  readonly #limit: number
  readonly #given: readonly string[] | undefined
  readonly #lines: LineSplitter
  #delimiter = ','
  #records: RecordAssembler | undefined
  #dialect: Dialect | undefined
  #pending: Pending[] = []
  #pushed = 0
  /** Does the producer begin anew with the next record? */
  #isAnew: boolean

  constructor(intake: Intake, limit: number, { names, start }: CsvStart) {
    this.#intake = intake
    this.#limit = limit
    this.#given = names
    const deliver = {
      line: (text: string, number: number) => this.#line(text, number),
      reject: (rejection: Rejection) => this.#reject(rejection),
    }
    this.#lines = new LineSplitter(lineLimit(limit), deliver, lineStart(start))
    this.#isAnew = start?.isAnew === true
    if (start?.state.dialect) this.#resume(start.state.dialect)
  }

  push(chunk: Uint8Array): void {
    this.#pushed += chunk.length
    this.#lines.push(chunk)
    this.#flush()
  }

  end(): void {
    this.#lines.end()
    this.#records?.interrupt()
    this.#flush()
  }

  unread(): number {
    // A byte-order mark before the first line is not counted among the bytes of its record.
    if (this.line === 0) return this.#pushed
    return (this.#records?.bytes ?? 0) + this.#lines.held
  }

  get line(): number {
    const first = this.#records?.first
    return first === undefined ? this.#lines.number : first - 1
  }

  state(): ReaderState {
    const ending = endState(this.#lines)
    if (!this.#dialect) return { format: 'csv', ...ending }
    const { names: _, ...dialect } = this.#dialect
    return { format: 'csv', dialect, ...ending }
  }

  /** Go on behind a header that was read before. */
  #resume(dialect: NonNullable<ReaderState['dialect']>): void {
    this.#delimiter = dialect.delimiter
    this.#dialect = { ...dialect, names: namesOf(dialect) }
    this.#records = this.#assembler(dialect.ending)
  }

  #line(text: string, number: number): void {
    if (!this.#records) {
      if (text === '' || text === '\r') return
      this.#delimiter = delimiterOf(text)
      if (this.#given) this.#use(this.#given, joined(this.#given, this.#delimiter), number, endingOf(text))
      this.#records = this.#assembler(endingOf(text))
    }
    this.#records.line(text, number)
  }

  /** @param ending of the header, and so of the whole output */
  #assembler(ending: string): RecordAssembler {
    return new RecordAssembler(this.#delimiter, this.#limit, {
      record: (own, line) => this.#record(own, line, ending),
      reject: (line, own, reason) => this.#give({ line, reason, excerpt: excerpt(own) }),
    })
  }

  /** @param ending of the header, and so of the whole output */
  #record(text: string, line: number, ending: string): void {
    const isFirst = this.#isAnew
    this.#isAnew = false
    if (!this.#dialect) this.#header(text, line, ending)
    else if (this.#isRepeated(text, isFirst)) this.#remarkRepeated(line)
    else this.#pending.push({ text, line })
  }

  /**
   * Is it the header once more, as at the beginning of every file that was rotated or joined to others? Of one column
   * that could be a value, unless it comes first from a producer that has begun anew.
   */
  #isRepeated(text: string, isFirst: boolean): boolean {
    const { names, text: header } = this.#dialect!
    return text === header && !this.#given && (names.length > 1 || isFirst)
  }

  #remarkRepeated(line: number): void {
    const message = 'expected a record, got the header once more; it is left out'
    this.#intake.remark({ key: 'repeated', line, message })
  }

  #reject(rejection: Rejection): void {
    this.#records?.interrupt()
    this.#give(rejection)
  }

  #give(rejection: Rejection): void {
    if (!this.#dialect && !this.#given) throw headerError(rejection.line, rejection.reason, rejection.excerpt)
    this.#flush()
    const hint = rejection.excerpt.startsWith('{') ? ' (is this NDJSON? --format ndjson says so)' : ''
    this.#intake.reject({ ...rejection, reason: rejection.reason + hint })
  }

  #header(text: string, line: number, ending: string): void {
    const cells = parse([text], this.#delimiter)?.[0]
    if (!cells) throw headerError(line, 'expected properly quoted column names, got stray quotes', text)
    if (cells.some(cell => cell.includes('\r')))
      throw headerError(
        line,
        "expected lines that end in \\n or \\r\\n, got \\r alone; convert them: tr '\\r' '\\n'",
        text,
      )
    this.#use(cells, text, line, ending)
  }

  /** @param text of the header, and so of the whole output */
  #use(cells: readonly string[], text: string, line: number, ending: string): void {
    if (cells.length > MOST_COLUMNS)
      throw headerError(line, `expected at most ${MOST_COLUMNS} columns, got ${cells.length}`, text)
    const names = uniqueNames(cells, message => this.#intake.remark({ key: 'header', line, message }))
    this.#dialect = { delimiter: this.#delimiter, names, text, ending, line }
    this.#intake.header(this.#dialect)
  }

  /** Separate the fields of all pending records; in one call of the parser unless one of them is malformed. */
  #flush(): void {
    const pending = this.#pending
    if (pending.length === 0) return
    this.#pending = []
    const texts = pending.map(({ text }) => text)
    const rows = parse(texts, this.#delimiter)
    const plain = !this.#dialect!.names.includes('__proto__')
    for (let index = 0; index < pending.length; index++) {
      const cells = rows ? rows[index] : parse([texts[index]], this.#delimiter)?.[0]
      if (cells) this.#row(cells, pending[index], plain)
      else {
        const { line, text } = pending[index]
        const reason = 'expected fields that can be told apart, got stray quotes'
        this.#give({ line, reason, excerpt: excerpt(text) })
      }
    }
  }

  /** @param plain whether the names of the columns can be those of an ordinary object */
  #row(cells: readonly string[], { text, line }: Pending, plain: boolean): void {
    const { names, delimiter, ending } = this.#dialect!
    if (cells.length > names.length) {
      const reason = `expected ${names.length} columns as in the header, got ${cells.length}`
      this.#give({ line, reason, excerpt: excerpt(text) })
      return
    }
    const missing = names.length - cells.length
    if (missing > MOST_MISSING) {
      const reason = `expected ${names.length} columns as in the header, got ${cells.length}; no more than ${MOST_MISSING} are taken as missing`
      this.#give({ line, reason, excerpt: excerpt(text) })
      return
    }
    if (missing > 0) {
      const message = `expected ${names.length} columns as in the header, got ${cells.length}; the last ${missing} are taken as missing`
      this.#intake.remark({ key: 'columns', line, message })
    }
    const own = missing > 0 ? text + delimiter.repeat(missing) : text
    this.#intake.entry({ line, text: own, ending, record: recordOf(names, cells, plain) })
  }
}

export interface CsvStart {
  /** Names of the columns, for a stream whose first line is a record. */
  readonly names?: readonly string[]
  /** Where a stream with a header is gone on with. */
  readonly start?: ReaderStart
}

/** @param limit bytes of the longest record */
export const csvReader = (intake: Intake, limit: number, from: CsvStart = {}): Reader =>
  new CsvReader(intake, limit, from)

/** The column names of a header as they are in its records. */
export function namesOf({ text, delimiter }: Pick<Dialect, 'text' | 'delimiter'>): string[] {
  return uniqueNames(parse([text], delimiter)?.[0] ?? [], () => {})
}

const endingOf = (line: string) => (line.endsWith('\r') ? '\r\n' : '\n')
const joined = (names: readonly string[], delimiter: string) => Papa.unparse([[...names]], { delimiter })

/** `__proto__` is set on an object; as the name of a column it needs one without a prototype, which is slower. */
function recordOf(
  names: readonly string[],
  cells: readonly string[],
  plain: boolean,
): Record<string, string> {
  const record: Record<string, string> = plain ? {} : Object.create(null)
  for (let column = 0; column < names.length; column++) record[names[column]] = cells[column] ?? ''
  return record
}

/** The fields of each record; nothing when the parser finds fault with one of them. */
function parse(texts: readonly string[], delimiter: string): string[][] | undefined {
  // Every record ends in a newline, the last one too: papaparse treats blanks after a closing quote differently at the
  // very end. It also drops a byte-order mark at the start of what it is given, which here would be a record's own.
  const block = `${texts[0].startsWith('\ufeff') ? '\ufeff' : ''}${texts.join('\n')}\n`
  const { data, errors } = Papa.parse<string[]>(block, { delimiter, newline: '\n', quoteChar: '"' })
  return errors.length === 0 && data.length === texts.length + 1 ? data : undefined
}

/** The delimiter that makes the most columns of the header's first line; a comma when there is only one column. */
function delimiterOf(line: string): string {
  const { meta } = Papa.parse(line, { delimitersToGuess: [...DELIMITERS], newline: '\n', preview: 1 })
  return meta.delimiter
}

/** Column names as keys of a record: an empty name gets the column's number, a repeated one a counter. */
function uniqueNames(cells: readonly string[], remark: (message: string) => void): string[] {
  const taken = new Set(cells)
  const used = new Set<string>()
  /** The last counter of a name: a header of one name a million times must not be counted through for each. */
  const counters = new Map<string, number>()
  return cells.map((cell, index) => {
    const wanted = cell.trim() === '' ? `column_${index + 1}` : cell
    let name = wanted
    let counter = counters.get(wanted) ?? 1
    while (used.has(name) || (name !== cell && taken.has(name))) name = `${wanted}_${++counter}`
    counters.set(wanted, counter)
    used.add(name)
    if (name !== cell)
      remark(
        `expected column names that differ, got '${visible(excerpt(cell))}' for column ${index + 1}; reading it as '${visible(excerpt(name))}'`,
      )
    return name
  })
}

const headerError = (line: number, reason: string, text: string) =>
  inputError(`line ${line}: cannot read the CSV header: ${reason}: ${visible(excerpt(text))}`)
