import { map, type OperatorFunction } from 'rxjs'

/** A detector takes records, a product takes rows. */
export interface Transformer<T> {
  transformOne(example: T): Float32Array
}

/** The features of each record, or row: posterior probabilities of the H hidden units. Learns nothing. */
export function features<T>(transformer: Transformer<T>): OperatorFunction<T, Float32Array> {
  return map(example => transformer.transformOne(example))
}
