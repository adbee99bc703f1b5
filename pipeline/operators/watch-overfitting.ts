import { map, type OperatorFunction } from 'rxjs'
import {
  type OverfittingLook,
  type OverfittingOptions,
  OverfittingWatch,
  type Watched,
} from '../likelihood/overfitting-watch.ts'

/** An example, whether it was learned or held out, and the last look at the free-energy gap. */
export interface Held<T> {
  readonly example: T
  readonly learned: boolean
  /** null before the first one. */
  readonly look: OverfittingLook | null
}

/**
 * Learn from each record, or row, but for every n-th one, and compare both: see `OverfittingWatch`.
 *
 * @example from(records).pipe(watchOverfitting(detector), filter(({ look }) => look?.overfitting === true))
 */
export function watchOverfitting<T>(
  target: Watched<T>,
  options: OverfittingOptions = {},
): OperatorFunction<T, Held<T>> {
  const watch = new OverfittingWatch(target, options)
  return map(example => {
    const learned = watch.learnOne(example)
    return { example, learned, look: watch.look }
  })
}
