/** The records of a labelled set in memory, by the reader of the benchmark. */
import type { DataRecord } from '../../pipeline/index.ts'
import type { LabelledSet } from '../detection/labelled-set.ts'

export interface Records {
  /** Without their labels. */
  readonly records: readonly DataRecord[]
  /** 1 for an anomaly. */
  readonly anomalies: Uint8Array
}

export async function recordsOf(set: LabelledSet): Promise<Records> {
  const records: DataRecord[] = []
  const { anomalies } = await set.matrix((record, label) => {
    records.push(Object.fromEntries(Object.entries(record).filter(([field]) => field !== label)))
    return record
  })
  return { records, anomalies }
}

export async function normalsOf(set: LabelledSet): Promise<DataRecord[]> {
  const { records, anomalies } = await recordsOf(set)
  return records.filter((_, index) => !anomalies[index])
}
