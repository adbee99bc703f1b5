import { map, type OperatorFunction } from 'rxjs'

/** A classifier, or a network. */
export interface Predictor<T, P> {
  predictOne(example: T): P
}

/** The class of each row, with its probability and its margin. Learns nothing. */
export function classify<T, P>(predictor: Predictor<T, P>): OperatorFunction<T, P> {
  return map(example => predictor.predictOne(example))
}
