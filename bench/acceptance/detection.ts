/** Anomalies in tables: every record is scored before it is learned, in one pass, with the defaults. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import Papa from 'papaparse'
import { Detector } from '../../pipeline/index.ts'
import type { Finding } from './index.ts'

/** A score and whether its record is an anomaly. */
interface Judged {
  readonly score: number
  readonly anomaly: boolean
}

/** Rows after the warm-up, min(256, n/10), in the order of the file. */
function judge(file: string): Judged[] {
  const bytes = readFileSync(file)
  const text = (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8')
  const { data } = Papa.parse<Record<string, string>>(text, { header: true, skipEmptyLines: true })
  const detector = new Detector({ ignore: ['label'], why: 0 })
  const judged = data.map(record => ({
    score: detector.observe(record).score ?? 0,
    anomaly: Number(record.label) === 1,
  }))
  detector.release()
  return judged.slice(Math.min(256, Math.floor(data.length / 10)))
}

/** Area under the ROC curve and average precision, equal scores taken together. */
function quality(judged: readonly Judged[]): { rocAuc: number; averagePrecision: number } {
  const sorted = judged.toSorted((a, b) => b.score - a.score)
  let hits = 0
  let misses = 0
  let area = 0
  let precision = 0
  for (let from = 0, to = 0; from < sorted.length; from = to) {
    while (to < sorted.length && sorted[to].score === sorted[from].score) to++
    const found = sorted.slice(from, to).filter(({ anomaly }) => anomaly).length
    area += (to - from - found) * (hits + found / 2)
    hits += found
    misses += to - from - found
    precision += (found * hits) / (hits + misses)
  }
  return { rocAuc: area / (hits * misses), averagePrecision: precision / hits }
}

export function* detection(folder: string): Generator<Finding> {
  const files = readdirSync(folder).filter(file => /\.csv(\.gz)?$/.test(file))
  const results = files.map(file => ({ file, ...quality(judge(join(folder, file))) }))
  for (const { file, rocAuc, averagePrecision } of results) {
    console.log(
      `       ${file.padEnd(24)} ROC-AUC ${rocAuc.toFixed(3)}  average precision ${averagePrecision.toFixed(3)}`,
    )
  }
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
  yield { what: 'mean ROC-AUC', figure: mean(results.map(({ rocAuc }) => rocAuc)), goal: 0.83 }
  yield {
    what: 'mean average precision',
    figure: mean(results.map(each => each.averagePrecision)),
    goal: 0.42,
  }
}
