/** What a pass is worth: measures over the records after the warm-up, and their means over several passes. */
import { averagePrecision, rocAuc } from '../../pipeline/index.ts'
import type { Pass } from './pass.ts'

export interface Figures {
  /** In the file. */
  readonly records: number
  /** By their labels, in the file. */
  readonly anomalies: number
  /** Records at the beginning that are left out of everything below. */
  readonly warmup: number
  /** null without an anomaly or without a normal record. */
  readonly rocAuc: number | null
  /** null without an anomaly or without a normal record. */
  readonly averagePrecision: number | null
  /** Records that the detector called anomalies. */
  readonly alarms: number
  /** Alarms on normal records over normal records; null without any. */
  readonly falseAlarmRate: number | null
  readonly recordsPerSecond: number
}

/** The usual warm-up: a tenth of the records, at most 256. */
const usualWarmup = (records: number): number => Math.min(256, Math.floor(records / 10))

export function figuresOf(pass: Pass, warmup = usualWarmup(pass.scores.length)): Figures {
  const records = pass.scores.length
  const anomalies = pass.anomalies.subarray(warmup)
  const alarms = pass.alarms.subarray(warmup)
  const normals = anomalies.length - sum(anomalies)
  const falseAlarms = alarms.filter((alarm, record) => alarm && !anomalies[record]).length
  return {
    records,
    anomalies: sum(pass.anomalies),
    warmup: Math.min(warmup, records),
    ...ranking(pass.scores, pass.anomalies, warmup),
    alarms: sum(alarms),
    falseAlarmRate: normals === 0 ? null : falseAlarms / normals,
    recordsPerSecond: records / Math.max(pass.seconds, 1e-3),
  }
}

/**
 * ROC-AUC and average precision of the records after the warm-up. One without a score (NaN) counts as the median of
 * those that have one: it speaks neither for an anomaly nor against it.
 */
export function ranking(
  scores: Float64Array,
  anomalies: ArrayLike<number> & { subarray(from: number): ArrayLike<number> },
  warmup = usualWarmup(scores.length),
): Pick<Figures, 'rocAuc' | 'averagePrecision'> {
  const ranked = scores.slice(warmup)
  const typical = median(ranked.filter(score => !Number.isNaN(score)))
  for (let record = 0; record < ranked.length; record++)
    if (Number.isNaN(ranked[record])) ranked[record] = typical
  const labels = anomalies.subarray(warmup)
  return { rocAuc: rocAuc(ranked, labels), averagePrecision: averagePrecision(ranked, labels) }
}

/** The middle value, the upper one of two; 0 of none. Sorts the values. */
const median = (values: Float64Array): number => values.sort()[values.length >> 1] ?? 0

const sum = (values: Uint8Array): number => values.reduce((total, value) => total + value, 0)

/** Figures of several passes over one file, or over several files: each the mean of those that have it. */
export function meanFigures(all: readonly Figures[]): Figures {
  const mean = (figure: keyof Figures) => meanOf(all.map(figures => figures[figure]))
  return {
    records: mean('records') ?? 0,
    anomalies: mean('anomalies') ?? 0,
    warmup: mean('warmup') ?? 0,
    rocAuc: mean('rocAuc'),
    averagePrecision: mean('averagePrecision'),
    alarms: mean('alarms') ?? 0,
    falseAlarmRate: mean('falseAlarmRate'),
    recordsPerSecond: mean('recordsPerSecond') ?? 0,
  }
}

/** The mean of what is there; null of nothing. */
export function meanOf(values: readonly (number | null)[]): number | null {
  const there = values.filter(value => value !== null)
  return there.length === 0 ? null : there.reduce((total, value) => total + value, 0) / there.length
}
