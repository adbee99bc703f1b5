import type { OperatorFunction } from 'rxjs'
import { Bank, type BankOptions } from '../compose/bank.ts'
import type { DataRecord } from '../records.ts'
import type { Detection } from '../streams/detection.ts'
import { detect } from './detect.ts'

/**
 * Score each record by the model of its key, then learn from it: one detection for every record, in order.
 *
 * @example from(records).pipe(byKey('host'), filter(({ anomaly }) => anomaly === true))
 */
export function byKey<T extends DataRecord>(
  key: string,
  options: Omit<BankOptions, 'key'> = {},
): OperatorFunction<T, Detection<T>> {
  return detect(new Bank({ ...options, key }))
}
