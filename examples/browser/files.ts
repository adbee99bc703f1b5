/** A file as batches of records, read no faster than they are taken: CSV by papaparse, NDJSON line by line. */
import Papa from 'papaparse'
import type { DataRecord } from 'veto'

/** Called with the number of lines that are no records. */
type Reject = (lines: number) => void

/** Bytes of CSV that are read at once: parsing them takes less than a frame. */
const CHUNK = 32 * 1024

/** Characters of a record at most: of one that never ends the page would read again and again. */
const LONGEST = 1 << 20

/** The key of what papaparse found behind the last column. */
const EXTRA = '__parsed_extra'

/** CSV with names in its first line; lines with more values than names are rejected. */
function csv(file: File, reject: Reject): ReadableStream<DataRecord[]> {
  let parser: Papa.Parser | undefined
  let sinceRecord = 0
  return new ReadableStream(
    {
      start(controller) {
        Papa.parse<DataRecord>(file, {
          header: true,
          skipEmptyLines: true,
          // A worker of papaparse comes from a blob, which the policy of this page forbids; the page has its own.
          worker: false,
          chunkSize: CHUNK,
          chunk({ data }, current) {
            parser = current
            sinceRecord = data.length > 0 ? 0 : sinceRecord + CHUNK
            if (sinceRecord > LONGEST) {
              controller.error(
                new Error('Expected records of up to a million characters: is a quote not closed?'),
              )
              current.abort()
              return
            }
            const records = data.filter(record => !Object.hasOwn(record, EXTRA))
            if (records.length < data.length) reject(data.length - records.length)
            controller.enqueue(records)
            if ((controller.desiredSize ?? 0) <= 0) current.pause()
          },
          // At the end of a file there are no results; when reading was aborted there are.
          complete: (results?: Papa.ParseResult<DataRecord>) => {
            if (!results?.meta.aborted) controller.close()
          },
          error: error => controller.error(error),
        })
      },
      pull: () => parser?.resume(),
      cancel: () => parser?.abort(),
    },
    { highWaterMark: 2 },
  )
}

function parsed(line: string): DataRecord | null {
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as DataRecord) : null
  } catch {
    return null
  }
}

/** One JSON object a line; lines that are none are rejected. */
function ndjson(file: File, reject: Reject): ReadableStream<DataRecord[]> {
  let rest = ''
  /** Is the rest of a line that was too long still to come? */
  let isSkipping = false
  const recordsOf = (lines: readonly string[]) => {
    const written = lines.filter(line => line.trim() !== '')
    const records = written.map(parsed).filter(record => record !== null)
    if (records.length < written.length) reject(written.length - records.length)
    return records
  }
  const lines = new TransformStream<string, DataRecord[]>({
    transform(text, controller) {
      const lines = (rest + text).split('\n')
      rest = lines.pop() ?? ''
      if (isSkipping && lines.length > 0) {
        lines.shift()
        isSkipping = false
      }
      if (isSkipping || rest.length > LONGEST) {
        if (!isSkipping) reject(1)
        isSkipping = true
        rest = ''
      }
      controller.enqueue(recordsOf(lines))
    },
    flush: controller => controller.enqueue(recordsOf(isSkipping ? [] : [rest])),
  })
  return file.stream().pipeThrough(new TextDecoderStream()).pipeThrough(lines)
}

/** NDJSON begins with a brace, whatever the file is called. */
async function isNdjson(file: File): Promise<boolean> {
  const start = await file.slice(0, 256).text()
  return start.trimStart().startsWith('{')
}

/** The records of a file, some hundred at a time. */
export async function* recordsOf(file: File, reject: Reject): AsyncGenerator<readonly DataRecord[]> {
  const stream = (await isNdjson(file)) ? ndjson(file, reject) : csv(file, reject)
  const reader = stream.getReader()
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      yield* pieces(next.value)
    }
  } finally {
    await reader.cancel()
  }
}

/** Records that go to the worker at once: it answers a few times a frame. */
const BATCH = 256

function* pieces(records: readonly DataRecord[]): Generator<readonly DataRecord[]> {
  for (let at = 0; at < records.length; at += BATCH) yield records.slice(at, at + BATCH)
}
