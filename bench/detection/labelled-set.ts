/** A labelled file as the benchmark reads it, by the readers of the command line. */
import { readdirSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { Readable } from 'node:stream'
import { type LabelledOptions, type LabelledRecord, readLabelled } from '../../cli/evaluation/labelled.ts'
import { type Pass, pass } from '../../cli/evaluation/pass.ts'
import { Report } from '../../cli/io/report.ts'
import { openSource } from '../../cli/io/source.ts'
import type { Detector } from '../../pipeline/index.ts'
import { type Change, isNumber } from './spoil.ts'
import { thinned } from './thin.ts'

/** How files are read; the same for all files of a run. */
export interface Reading extends Pick<LabelledOptions, 'header' | 'label' | 'limit'> {
  /** The label of normal records; 0 unless given. */
  readonly normal?: string
  /** Of each run of anomalies the first and every so many-th; all unless given. */
  readonly thin?: number
}

/** What the rivals see: the fields whose every value is a number, missing ones filled with the field's median. */
export interface Matrix {
  /** (n, m), m at least 1: a set without numbers is a column of zeros. */
  readonly rows: readonly Float64Array[]
  /** 1 for an anomaly. */
  readonly anomalies: Uint8Array
}

const quiet = { messages: { ready: async () => {} }, progress() {} }

export class LabelledSet {
  readonly name: string
  readonly #file: string
  readonly #reading: Reading

  constructor(file: string, reading: Reading) {
    this.name = basename(file).replace(/(\.(csv|tsv|ndjson|jsonl|json))?(\.gz)?$/i, '')
    this.#file = file
    this.#reading = reading
  }

  /** What `veto eval` does. */
  pass(detector: (label: string) => Detector, change?: Change): Promise<Pass> {
    return pass(this.#source(), { ...this.#options(), detector, change }, this.#ends())
  }

  async matrix(change: Change = record => record): Promise<Matrix> {
    const anomalies: number[] = []
    const columns = new Map<string, number[]>()
    const visit = ({ record, label, anomaly }: LabelledRecord) => {
      if (anomalies.length === 0)
        for (const field of Object.keys(record)) if (field !== label) columns.set(field, [])
      const seen = change(record, label)
      for (const [field, column] of columns) {
        const value = seen[field]
        if (value === undefined || value === null || value === '') column.push(Number.NaN)
        else if (isNumber(value)) column.push(Number(value))
        else columns.delete(field)
      }
      anomalies.push(Number(anomaly))
    }
    await readLabelled(this.#source(), this.#options(), this.#ends(), visit)
    const filled = [...columns.values()].map(withoutGaps)
    const rows = anomalies.map((_, row) =>
      filled.length === 0 ? new Float64Array(1) : Float64Array.from(filled, column => column[row]),
    )
    return { rows, anomalies: Uint8Array.from(anomalies) }
  }

  #source() {
    return openSource(this.#file, () => Readable.from([]))
  }

  #options(): LabelledOptions {
    const { thin, normal = '0', ...reading } = this.#reading
    const keep = thin === undefined ? undefined : thinned(thin)
    return { format: 'auto', maxLine: 1 << 20, normal, ...reading, keep }
  }

  /** Lines that cannot be read are said, once a pass. */
  #ends() {
    return { ...quiet, report: new Report(text => process.stderr.write(text), { file: this.name }) }
  }
}

/**
 * @param path a folder of labelled files, CSV or NDJSON, also gzip; or one such file
 * @throws RangeError when there is none
 */
export function setsIn(path: string, reading: Reading = {}): LabelledSet[] {
  const isFolder = statSync(path).isDirectory()
  const names = isFolder ? readdirSync(path).filter(name => /\.(csv|ndjson)(\.gz)?$/.test(name)) : []
  const files = isFolder ? names.sort().map(name => join(path, name)) : [path]
  if (files.length === 0)
    throw new RangeError(`Expected labelled files (*.csv, *.ndjson, also .gz) in ${path}, got none.`)
  return files.map(file => new LabelledSet(file, reading))
}

/** The median in place of each missing value; 0 where all are missing. */
function withoutGaps(column: readonly number[]): number[] {
  const there = column.filter(value => !Number.isNaN(value)).sort((a, b) => a - b)
  const median = there[there.length >> 1] ?? 0
  return column.map(value => (Number.isNaN(value) ? median : value))
}
