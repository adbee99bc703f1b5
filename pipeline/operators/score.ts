import { map, type OperatorFunction } from 'rxjs'
import type { Product, Row } from '../experts/product.ts'
import type { DataRecord } from '../records.ts'
import type { Detection, Scorer } from '../streams/detection.ts'

/** Score each record and learn nothing: one detection for every record, in order. */
export function score<T extends DataRecord>(detector: Scorer): OperatorFunction<T, Detection<T>>
/** The free energy of each row, in nats, up to log Z. */
export function score(product: Pick<Product, 'freeEnergy'>): OperatorFunction<Row, number>
export function score(
  target: Scorer | Pick<Product, 'freeEnergy'>,
): OperatorFunction<DataRecord, Detection> | OperatorFunction<Row, number> {
  if ('scoreOne' in target) return map((record: DataRecord) => ({ record, ...target.scoreOne(record) }))
  return map((row: Row) => target.freeEnergy(row))
}
