import { map, type OperatorFunction } from 'rxjs'
import type { Denoised } from '../denoise.ts'
import type { Product, Row } from '../experts/product.ts'
import type { DataRecord } from '../records.ts'

/** What `denoise` needs of a detector. */
export interface Denoiser {
  denoiseOne(record: DataRecord): Denoised
}

/** Each record with expected values in place of noise and of missing ones, and what was changed. Learns nothing. */
export function denoise(detector: Denoiser): OperatorFunction<DataRecord, Denoised>
/** The mean-field reconstruction of each row, D values. Learns nothing. */
export function denoise(product: Pick<Product, 'reconstruct'>): OperatorFunction<Row, Row>
export function denoise(
  target: Denoiser | Pick<Product, 'reconstruct'>,
): OperatorFunction<DataRecord, Denoised> | OperatorFunction<Row, Row> {
  if ('denoiseOne' in target) return map((record: DataRecord) => target.denoiseOne(record))
  return map((row: Row) => target.reconstruct(row))
}
