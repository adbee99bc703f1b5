/**
 * Streams as they come from real machines: numbers, categories, timestamps, texts, missing values, lines that are no
 * records, CRLF, characters of several bytes, and a burst of anomalies. Every record has a number, `id`, and a line of
 * output begins with it, so that lost and repeated records can be told from those that merely differ.
 */
import { closeSync, openSync, writeSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { uniforms } from '../../fixtures/random.ts'

/** How a stream is written. */
export type Form = 'ndjson' | 'csv' | 'gzip'

export const HOSTS = 40
const COLUMNS = ['id', 'time', 'host', 'load', 'latency', 'bytes', 'ok', 'message'] as const
const SUBJECTS = ['disk', 'größe', 'パケット', 'café', 'queue 🚀', 'naïve "cache"', 'session']
const EVENTS = ['opened', 'closed', 'was slow', 'timed out', 'came back']
/** Of so many lines one is no record; of so many one ends in CRLF; of so many texts one has several lines (CSV). */
const BAD_EVERY = 97
const CRLF_EVERY = 19
const SEVERAL_LINES_EVERY = 11
/** Where the burst of anomalies begins and ends, as shares of the stream. */
const BURST = [0.6, 0.61]
/** Records that are written at a time; of a compressed stream, a member of their own each. */
const BATCH = 5000

type Cell = string | number | boolean | null

function cells(id: number, records: number, uniform: () => number): Cell[] {
  const share = id / records
  const burst = share >= BURST[0] && share < BURST[1]
  const host = Math.floor(HOSTS * uniform() ** 2)
  const load = host + 10 * Math.sin(id / 500) + uniform() + (burst ? 500 : 0)
  const pick = (texts: readonly string[]) => texts[Math.floor(texts.length * uniform())]
  return [
    id,
    new Date(Date.UTC(2024, 0, 1) + 30_000 * id).toISOString(),
    `host-${host}`,
    uniform() < 0.02 ? null : Number(load.toFixed(3)),
    Math.round(20 + load * (1 + uniform())),
    Math.floor(1e4 * uniform() ** 3),
    uniform() < 0.9,
    `${pick(SUBJECTS)} ${Math.floor(100 * uniform())} ${pick(EVENTS)}`,
  ]
}

/** What is no record: broken, of another kind, empty, or with too many columns. */
const bad = {
  ndjson: ['{"id":', '[1,2]', '', 'null', '{"id":1}}', 'Segmentation fault (core dumped)'],
  csv: ['9,8,7,6,5,4,3,2,1,0', '', 'Segmentation fault (core dumped)'],
}

function csvCell(cell: Cell): string {
  const text = cell === null ? '' : String(cell)
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

function line(record: Cell[], form: 'ndjson' | 'csv', uniform: () => number): string {
  if (form === 'ndjson')
    return JSON.stringify(Object.fromEntries(COLUMNS.map((name, n) => [name, record[n]])))
  // Further lines of a text begin with a letter, so that none of them looks like the beginning of a record.
  const message =
    uniform() < 1 / SEVERAL_LINES_EVERY ? `${record.at(-1)}\nat main:1\r\nat start:2` : record.at(-1)!
  return [...record.slice(0, -1), message].map(csvCell).join(',')
}

/** The lines of a stream with their endings, always the same for the same seed. */
export function* lines(form: 'ndjson' | 'csv', records: number, seed: number): Generator<string> {
  const uniform = uniforms(seed)
  if (form === 'csv') yield `${COLUMNS.join(',')}\n`
  for (let id = 1; id <= records; id++) {
    if (uniform() < 1 / BAD_EVERY) yield `${bad[form][Math.floor(bad[form].length * uniform())]}\n`
    yield line(cells(id, records, uniform), form, uniform) + (uniform() < 1 / CRLF_EVERY ? '\r\n' : '\n')
  }
}

/** Write a stream of so many records into a file. */
export function writeStream(path: string, form: Form, records: number, seed: number): void {
  const file = openSync(path, 'w')
  let batch: string[] = []
  const flush = () => {
    const bytes = Buffer.from(batch.join(''))
    writeSync(file, form === 'gzip' ? gzipSync(bytes, { level: 1 }) : bytes)
    batch = []
  }
  for (const text of lines(form === 'csv' ? 'csv' : 'ndjson', records, seed))
    if (batch.push(text) >= BATCH) flush()
  flush()
  closeSync(file)
}
