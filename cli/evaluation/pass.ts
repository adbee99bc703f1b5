/** One pass of a detector over a labelled source: every record is scored before it is learned. */
import type { DataRecord, Detector } from '../../pipeline/index.ts'
import { NamedFields } from '../io/named-fields.ts'
import type { Source } from '../io/source.ts'
import { type LabelledEnds, type LabelledOptions, readLabelled } from './labelled.ts'

/** What a pass left behind, one number a record, in order. */
export interface Pass {
  /** NaN for a record that was given no score. */
  readonly scores: Float64Array
  /** 1 for an anomaly by its label. */
  readonly anomalies: Uint8Array
  /** 1 for a record that the detector called an anomaly. */
  readonly alarms: Uint8Array
  /** Reading, scoring and learning together. */
  readonly seconds: number
}

export interface PassOptions extends LabelledOptions {
  /** A new detector that is never shown the field of this name. */
  detector(label: string): Detector
  /** The record as the detector is to see it; for benchmarks that spoil it. */
  readonly change?: (record: DataRecord, label: string) => DataRecord
  /** Names of fields on the command line; one that no record has is mentioned. */
  readonly named?: Iterable<string>
}

/** Records that there is room for at first; doubled as needed. */
const FIRST_CAPACITY = 4096

/** @throws CommandError when the source cannot be read or the options make no detector */
export async function pass(source: Source, options: PassOptions, ends: LabelledEnds): Promise<Pass> {
  const { report } = ends
  const { change = (record: DataRecord) => record } = options
  const tally = new Tally()
  const named = new NamedFields(options.named ?? [])
  let detector: Detector | undefined
  const started = performance.now()
  try {
    await readLabelled(source, options, ends, ({ record, label, anomaly }) => {
      named.see(record)
      detector ??= options.detector(label)
      const verdict = detector.observe(change(record, label))
      if (verdict.anomaly) report.alarms++
      tally.add(verdict.score ?? Number.NaN, anomaly, verdict.anomaly === true)
    })
  } finally {
    detector?.release()
  }
  if (report.records > 0)
    for (const name of named.unseen)
      report.say(`no record has the field '${name}' of --ignore, --kinds or --units`)
  return tally.pass((performance.now() - started) / 1000)
}

/** Collects a pass in arrays that grow: ten bytes a record, nothing of the record itself. */
class Tally {
  #count = 0
  #scores = new Float64Array(FIRST_CAPACITY)
  #anomalies = new Uint8Array(FIRST_CAPACITY)
  #alarms = new Uint8Array(FIRST_CAPACITY)

  add(score: number, anomaly: boolean, alarm: boolean): void {
    if (this.#count === this.#scores.length) this.#grow()
    this.#scores[this.#count] = score
    this.#anomalies[this.#count] = Number(anomaly)
    this.#alarms[this.#count] = Number(alarm)
    this.#count++
  }

  pass(seconds: number): Pass {
    return {
      scores: this.#scores.subarray(0, this.#count),
      anomalies: this.#anomalies.subarray(0, this.#count),
      alarms: this.#alarms.subarray(0, this.#count),
      seconds,
    }
  }

  #grow(): void {
    const larger = <T extends Float64Array | Uint8Array>(array: T, copy: T) => {
      copy.set(array)
      return copy
    }
    const room = 2 * this.#count
    this.#scores = larger(this.#scores, new Float64Array(room))
    this.#anomalies = larger(this.#anomalies, new Uint8Array(room))
    this.#alarms = larger(this.#alarms, new Uint8Array(room))
  }
}
