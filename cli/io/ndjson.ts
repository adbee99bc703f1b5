/** NDJSON: one JSON object a line (https://github.com/ndjson/ndjson-spec). */
import type { DataRecord } from '../../pipeline/index.ts'
import { type Line, LineSplitter, type Reject } from './lines.ts'
import type { InputRecord, RecordReader } from './reader.ts'

export class NdjsonReader implements RecordReader {
  readonly format = 'ndjson'
  readonly #splitter: LineSplitter
  readonly #reject: Reject

  constructor(limit: number, reject: Reject) {
    this.#splitter = new LineSplitter(limit, reject)
    this.#reject = reject
  }

  push(chunk: Uint8Array): InputRecord[] {
    return this.#parse(this.#splitter.push(chunk))
  }

  end(): InputRecord[] {
    return this.#parse(this.#splitter.end())
  }

  #parse(lines: readonly Line[]): InputRecord[] {
    const records: InputRecord[] = []
    for (const { number, text } of lines) {
      const record = this.#objectOn(number, text)
      if (record) records.push({ line: number, text, record })
    }
    return records
  }

  #objectOn(number: number, text: string): DataRecord | undefined {
    let value: unknown
    try {
      value = JSON.parse(text)
    } catch (error) {
      this.#reject(number, `expected a JSON object, got broken JSON (${(error as Error).message})`, text)
      return undefined
    }
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as DataRecord
    const remedy = Array.isArray(value) ? '; write one object a line, for instance with jq -c ".[]"' : ''
    this.#reject(number, `expected a JSON object, got ${kindOf(value)}${remedy}`, text)
    return undefined
  }
}

function kindOf(value: unknown): string {
  if (value === null) return 'null'
  return Array.isArray(value) ? 'an array' : `a ${typeof value}`
}
