/** Records on their way: reader → detector → writer, in either format. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { CommandError } from '../../../cli/errors.ts'
import { csvWriter } from '../../../cli/io/csv-writer.ts'
import type { Entry, Intake } from '../../../cli/io/entry.ts'
import { type Format, readerFor } from '../../../cli/io/format.ts'
import { writeNdjson } from '../../../cli/io/ndjson.ts'
import { Report } from '../../../cli/io/report.ts'
import { spelledOut } from '../../../cli/io/terminal.ts'
import type { Writer } from '../../../cli/io/writer.ts'
import { works } from '../../../cli/works.ts'
import { Detector } from '../../../pipeline/index.ts'
import type { Choice } from '../choose.ts'
import { jsonTokens, mutatedLines } from '../json.ts'
import type { Target } from '../target.ts'

const LIMIT = 1 << 14
const DEPTH = 16
/** Records that the detector sees, mostly and at most: all others are only read, which costs a hundredth. */
const SEEN = [6, 6, 6, 24]
const EXPERTS = ['frequency', 'rbm', 'prototype', 'auto']

/** Small, and soon at work: a model is fitted to the first two records already. */
const small = { warmup: 2, seed: 1, maxFields: 8, why: 2 }

const sample = (name: string) =>
  readFileSync(fileURLToPath(new URL(`../../../fixtures/${name}`, import.meta.url)))

/** FNV-1a: what else the input decides, so that the same one does the same each time. */
function hashOf(input: Buffer): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < Math.min(input.length, 4096); at++) hash = Math.imul(hash ^ input[at], 0x01000193)
  return hash >>> 0
}

/** What was written of a record has to be readable again. */
function checkWritten(isCsv: boolean, written: string, { ending }: Entry): void {
  if (!written.endsWith(ending))
    throw new Error(`Expected a line that ends as its record did, got ${written}`)
  if (isCsv) return
  JSON.parse(written)
  const shown = spelledOut(written)
  if (shown !== written && JSON.stringify(JSON.parse(shown)) !== JSON.stringify(JSON.parse(written)))
    throw new Error(`Expected the same record on a terminal, got ${shown}`)
}

function run(format: Format, input: Buffer): void {
  const hash = hashOf(input)
  const report = new Report(text => {
    if (/(?!\n)[\p{Cc}\p{Cf}]/u.test(text))
      throw new Error(`Expected a harmless message, got ${JSON.stringify(text)}`)
  })
  const detector = new Detector({
    ...small,
    experts: EXPERTS[(hash >>> 6) & 3],
    onNotice: notice => report.notice(notice),
  })
  const work = (hash & 3) === 0 ? works.denoise : works.score
  const answer = work.work(false)
  let writer: Writer = writeNdjson('veto', remark => report.remark(remark))
  let seen = 0
  let isCsv = false
  const intake: Intake = {
    entry(entry) {
      report.line = entry.line
      if (++seen > SEEN[(hash >>> 4) & 3]) return
      const written = answer(detector, entry.record, report)
      if (written) checkWritten(isCsv, writer.write(entry, written), entry)
    },
    reject: rejection => report.reject(rejection),
    remark: remark => report.remark(remark),
    header(dialect) {
      isCsv = true
      writer = csvWriter('veto', work.columns, remark => report.remark(remark))
      writer.header(dialect)
    },
  }
  try {
    const reader = readerFor((hash & 12) === 0 ? 'auto' : format, intake, { limit: LIMIT, depth: DEPTH })
    const middle = (hash >>> 8) % (input.length + 1)
    reader.push(input.subarray(0, middle))
    reader.push(input.subarray(middle))
    reader.end()
  } catch (error) {
    if (!(error instanceof CommandError)) throw error
  } finally {
    detector.release()
  }
}

const mixed = [
  '{"a":1,"b":"x","c":true}\n{"a":2,"b":"y","c":false}\n{"a":1.5,"b":"x","c":null}\n{"a":9,"b":"z","c":true}\n',
  `${'{"t":"2026-11-21T11:15:41Z","m":"user 7 left host b for good"}\n'.repeat(3)}{"t":"x","m":1}\n`,
  '{"veto":1,"veto_":2}\r\n{}\r\n{"a":{"b":[1,{}]}}\r\n{"__proto__":1,"constructor":2}\r\n',
]

export const ndjson: Target = {
  name: 'ndjson',
  seeds: () => [
    ...mixed.map(text => Buffer.from(text)),
    ...['bad/lines.ndjson', 'bad/bytes.ndjson', 'bad/array.json'].map(sample),
    sample('requests.ndjson').subarray(0, 700),
  ],
  tokens: [
    ...jsonTokens,
    ...['\r\n', '\r', '\t', '\0', '\u2028', '\u009b'],
    ...['NaN', '-0', '{}', '[]', '{"a":1}\n', '"a":1,'],
    ...['"veto":', '"2026-11-21T11:15:41Z"', '🙂', '\u001b[31m'],
  ],
  run: input => run('ndjson', input),
  mutate: (input: Buffer, choice: Choice) => mutatedLines(input, choice),
}

export const csv: Target = {
  name: 'csv',
  seeds: () => [
    ...[
      'a,b\n1,x\n2,y\n3,"z"\n4,x\n',
      'a;b\r\n1;"x;y"\r\n2;"x\r\ny"\r\n',
      'a\tb\n\n1\n',
      '__proto__,a,a\n1,2,3\n',
    ].map(text => Buffer.from(text)),
    ...['bad/columns.csv', 'bad/quotes.csv', 'bad/returns.csv'].map(sample),
  ],
  tokens: [
    ...[',', ';', '\t', '|', '"', '""', '",', ',"', '"\n', '\n', '\r\n', '\r', ' ', '\0', '\ufeff', '\u2028'],
    ...[
      'a',
      'a,a',
      '1',
      '1e999',
      'NaN',
      'true',
      '__proto__',
      'veto_score',
      '{"a":1}',
      '"a\nb"',
      '"" ',
      '🙂',
      '\u001b[',
    ],
    ...['2026-11-21', ',,,,,,,,', '\n\n', '"a""b"'],
  ],
  run: input => run('csv', input),
}
