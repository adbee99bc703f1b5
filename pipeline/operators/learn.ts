import { type MonoTypeOperatorFunction, tap } from 'rxjs'

/** A detector takes records, a product takes rows. */
export interface Learner<T> {
  learnOne(example: T): void
}

/** Learn from each record, or row, and pass it on as it is. */
export function learn<T>(learner: Learner<T>): MonoTypeOperatorFunction<T> {
  return tap(example => learner.learnOne(example))
}
