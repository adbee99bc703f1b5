/** What every reader gives, and which reader an input needs. */
import type { DataRecord } from '../../pipeline/index.ts'
import { CsvReader } from './csv.ts'
import type { Reject } from './lines.ts'
import { NdjsonReader } from './ndjson.ts'

/** A record as it came and as it is understood. */
export interface InputRecord {
  /** The line that it begins on, from 1. */
  readonly line: number
  /** Its own text, without the line ending. */
  readonly text: string
  readonly record: DataRecord
}

/** Told about a record that goes on although something is wrong with it; the same `code` is about the same thing. */
export type Warn = (line: number, code: string, message: string) => void

/** Turns chunks of bytes into records; what cannot be one is rejected with its line number. Never throws. */
export interface RecordReader {
  readonly format: Format
  /** The records that `chunk` completes. */
  push(chunk: Uint8Array): InputRecord[]
  /** What is left at the end of the input. */
  end(): InputRecord[]
}

export const FORMATS = ['ndjson', 'csv'] as const
export type Format = (typeof FORMATS)[number]

const EXTENSIONS: Readonly<Record<string, Format>> = {
  ndjson: 'ndjson',
  jsonl: 'ndjson',
  json: 'ndjson',
  csv: 'csv',
  tsv: 'csv',
}

/** The format of an input: by its name, else by its beginning. An object on any line of the beginning means NDJSON. */
export function formatOf(name: string, beginning: string): Format {
  const extension = name.slice(name.lastIndexOf('.') + 1).toLowerCase()
  if (Object.hasOwn(EXTENSIONS, extension)) return EXTENSIONS[extension]
  const lines = beginning.replace(/^\ufeff/, '').split('\n')
  if (lines.some(line => /^\s*[{[]/.test(line))) return 'ndjson'
  return /[,;\t|]/.test(lines.find(line => line.trim() !== '') ?? '') ? 'csv' : 'ndjson'
}

export function openReader(
  format: Format,
  limit: number,
  reject: Reject,
  warn: Warn,
): CsvReader | NdjsonReader {
  return format === 'csv' ? new CsvReader(limit, reject, warn) : new NdjsonReader(limit, reject)
}
