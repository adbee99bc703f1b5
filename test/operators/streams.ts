/** What every operator has to do with any stream, whatever it computes. */
import { concat, EMPTY, NEVER, type OperatorFunction, of, Subject, throwError } from 'rxjs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'

/** Everything that a stream does until it ends, or up to now. */
export function recorded<T>(
  operator: OperatorFunction<T, unknown>,
  source: import('rxjs').Observable<T>,
): { values: unknown[]; end: string } {
  const values: unknown[] = []
  let end = 'open'
  const subscription = source.pipe(operator).subscribe({
    next: value => values.push(value),
    error: error => {
      end = `error: ${error.message}`
    },
    complete: () => {
      end = 'complete'
    },
  })
  subscription.unsubscribe()
  return { values, end }
}

/** The cases that every operator is tested for. `operator` is made anew each time; `inputs` are at least two. */
export function testStreams<T>(
  name: string,
  operator: () => OperatorFunction<T, unknown>,
  inputs: readonly T[],
) {
  test(`${name}: never`, () => {
    assert.equal(recorded(operator(), NEVER), { values: [], end: 'open' })
  })

  test(`${name}: empty`, () => {
    assert.equal(recorded(operator(), EMPTY), { values: [], end: 'complete' })
  })

  test(`${name}: an error of the source ends the stream, after what came before it`, () => {
    const failing = concat(
      of(inputs[0]),
      throwError(() => new Error('broken')),
    )
    const { values, end } = recorded(operator(), failing)
    assert.is(values.length, 1)
    assert.is(end, 'error: broken')
  })

  test(`${name}: an error of its own ends the stream and lets go of the source`, () => {
    const source = new Subject<unknown>()
    let error: unknown
    source.pipe(operator() as OperatorFunction<unknown, unknown>).subscribe({
      error: thrown => {
        error = thrown
      },
    })
    source.next(Symbol('neither record nor row'))
    assert.instance(error, TypeError)
    assert.not(source.observed)
  })

  test(`${name}: unsubscribing early lets go of the source, and nothing more comes`, () => {
    const source = new Subject<T>()
    const values: unknown[] = []
    const subscription = source.pipe(operator()).subscribe(value => {
      values.push(value)
      subscription.unsubscribe()
    })
    for (const input of inputs) source.next(input)
    assert.is(values.length, 1)
    assert.not(source.observed)
  })

  test(`${name}: nothing is done before somebody subscribes, and one value comes for each, at once`, () => {
    const source = new Subject<T>()
    const piped = source.pipe(operator())
    assert.not(source.observed)
    let count = 0
    piped.subscribe(() => count++)
    for (const [i, input] of inputs.entries()) {
      source.next(input)
      assert.is(count, i + 1)
    }
  })
}
