// npm start: 10,000 real bird strikes stream through a detector that has never seen them; twelve of them were corrupted
// by examples/corrupt.ts. Nothing is learned beforehand, and nothing
// is configured but that the date, different on nearly every record, is left out.
import { readFileSync } from 'node:fs'
import { SingleBar } from 'cli-progress'
import Papa from 'papaparse'
import { from, tap } from 'rxjs'
import { type Detection, Detector, detect } from '../pipeline/index.ts'
import { corrupt, type Fault } from './corrupt.ts'

const faultCount = 12
const shown = 10

const file = new URL('../node_modules/vega-datasets/data/birdstrikes.csv', import.meta.url)
const parsed = Papa.parse<Record<string, string>>(readFileSync(file, 'utf8'), {
  header: true,
  skipEmptyLines: true,
})
const { records, faults } = corrupt(parsed.data, faultCount)

console.log(
  `${records.length} bird strikes (FAA, from the package vega-datasets), ${faults.length} of them corrupted.`,
)
console.log('Every record is scored first and learned from afterwards; nothing was learned before.\n')

const detector = new Detector({ seed: 1, ignore: ['Flight Date'] })
const progress = new SingleBar({
  format: '{bar} {value}/{total} records',
  stopOnComplete: true,
  noTTYOutput: false,
})
const detections: Detection[] = []
const started = performance.now()

progress.start(records.length, 0)
from(records)
  .pipe(
    detect(detector),
    tap(detection => {
      if (detections.push(detection) % 100 === 0) progress.update(detections.length)
    }),
  )
  .subscribe({ complete: () => report((performance.now() - started) / 1000) })

function report(seconds: number): void {
  progress.stop()
  const faultAt = new Map(faults.map(fault => [fault.record, fault]))
  const ranked = detections
    .map((detection, index) => ({ ...detection, number: index + 1 }))
    .filter(detection => detection.score !== null)
    .sort((a, b) => (b.score as number) - (a.score as number))

  console.log(`The ${shown} most surprising records:`)
  for (const { number, score, p, why } of ranked.slice(0, shown)) {
    const mark = faultAt.has(number) ? '  <- corrupted by the demo' : ''
    console.log(
      `  record ${number}: score ${(score as number).toFixed(1)} nats, p ${p === null ? 'not known yet' : p.toPrecision(2)}${mark}`,
    )
    for (const { field, value, expected, surprise } of why) {
      console.log(`      ${field} is ${value}, expected ${expected} (${surprise.toFixed(1)} nats)`)
    }
  }

  console.log('\nThe corrupted records:')
  for (const fault of faults) console.log(`  ${describe(fault, ranked)}`)
  const found = faults.filter(fault => detections[fault.record - 1]?.anomaly)
  const alarms = detections.filter(detection => detection.anomaly).length
  const rate = Math.round(records.length / seconds).toLocaleString('en')
  console.log(
    `\n${found.length} of ${faults.length} corrupted records were found, among ${alarms} alarms in ${records.length} records` +
      ` (${seconds.toFixed(1)} s, ${rate} records/s).`,
  )
}

function describe({ record, what, fields }: Fault, ranked: readonly { number: number }[]): string {
  const rank = ranked.findIndex(({ number }) => number === record) + 1
  const { anomaly, why } = detections[record - 1]
  const named = why.length > 0 && fields.includes(why[0].field) ? `, blames ${why[0].field}` : ''
  return `${anomaly ? 'found ' : 'missed'} record ${record}: ${what} (rank ${rank}${named})`
}
