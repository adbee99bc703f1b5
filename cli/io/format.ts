/** Which of the two formats a stream is in, and the reader for it. */
import { extname } from 'node:path'
import { csvReader } from './csv-reader.ts'
import type { Intake, Reader, ReaderStart } from './entry.ts'
import { readNdjson } from './ndjson.ts'
import type { ReaderState } from './position.ts'

export type Format = 'ndjson' | 'csv'

const extensions: Readonly<Record<string, Format>> = {
  '.ndjson': 'ndjson',
  '.jsonl': 'ndjson',
  '.json': 'ndjson',
  '.csv': 'csv',
  '.tsv': 'csv',
}

/** What a file's name says about its format, `.gz` and `.zst` aside; nothing for standard input and unknown endings. */
export const formatOfName = (name: string): Format | undefined =>
  extensions[extname(name.replace(/\.(gz|zst)$/i, '')).toLowerCase()]

/**
 * What the first two lines that are not blank say; nothing when more of them is needed. Two lines, because the first
 * line of a stream is often torn; no record of a CSV stream waits for the second.
 * @param text the beginning of the stream without a byte-order mark
 * @param complete whether nothing follows
 */
export function formatOfText(text: string, complete: boolean): Format | undefined {
  const lines = text.split('\n')
  const open = complete ? '' : lines.pop()!.trim()
  const [first = '', second = ''] = lines.map(line => line.trim()).filter(line => line !== '')
  if (tornJson.test(first) || second.startsWith('{')) return 'ndjson'
  if (second !== '' || complete) return 'csv'
  const opening = first === '' ? /^[{[]/ : /^\{/
  return opening.test(open) ? 'ndjson' : undefined
}

/** The beginning or the end of a JSON object, the beginning of an array, or a number or literal: no CSV header. */
const tornJson = /^[{[]|\}$|^(null|true|false|-?\d+(\.\d+)?([eE][-+]?\d+)?)$/

/** Enough of a stream to tell its format by; what is still undecided by then is CSV with a very long header. */
const SNIFFED_BYTES = 1 << 16

/** A reader that decides on the format by itself, from the beginning of the stream. */
class SniffingReader implements Reader {
  readonly #intake: Intake
  readonly #limit: number
  readonly #depth: number | undefined
  #reader: Reader | undefined
  #waiting: Uint8Array[] = []

  constructor(intake: Intake, limit: number, depth: number | undefined) {
    this.#intake = intake
    this.#limit = limit
    this.#depth = depth
  }

  push(chunk: Uint8Array): void {
    if (this.#reader) this.#reader.push(chunk)
    else {
      this.#waiting.push(chunk)
      this.#decide(false)
    }
  }

  end(): void {
    if (!this.#reader) this.#decide(true)
    this.#reader?.end()
  }

  unread(): number {
    return this.#reader?.unread() ?? this.#waiting.reduce((bytes, chunk) => bytes + chunk.length, 0)
  }

  get line(): number {
    return this.#reader?.line ?? 0
  }

  state(): ReaderState {
    return this.#reader?.state() ?? { format: 'auto' }
  }

  #decide(ended: boolean): void {
    const bytes = Buffer.concat(this.#waiting)
    this.#waiting = [bytes]
    // Not more than the first bytes, so that the answer does not depend on how the stream is cut into chunks.
    const start = bytes.toString('latin1', 0, 3) === 'ï»¿' ? 3 : 0
    const text = bytes.toString('latin1', start, SNIFFED_BYTES)
    const format = formatOfText(text, ended || bytes.length >= SNIFFED_BYTES)
    if (!format) return
    this.#reader = readerFor(format, this.#intake, { limit: this.#limit, depth: this.#depth })
    this.#reader.push(bytes)
    this.#waiting = []
  }
}

export interface ReaderOptions {
  /** Bytes of the longest line. */
  readonly limit: number
  /** Objects and arrays within each other in a line of JSON, at most. */
  readonly depth?: number
  /** Of the columns of a CSV stream without a header, which therefore has to be told by its format. */
  readonly names?: readonly string[]
  /** Where a stream is gone on with; its format is known by then, unless nothing of it was settled. */
  readonly start?: ReaderStart
}

export function readerFor(format: Format | 'auto', intake: Intake, options: ReaderOptions): Reader {
  const { limit, depth, start } = options
  const known = start && start.state.format !== 'auto' ? start.state.format : format
  if (known === 'csv') return csvReader(intake, limit, options)
  return known === 'ndjson'
    ? readNdjson(intake, limit, depth, start)
    : new SniffingReader(intake, limit, depth)
}
