/** What is added to a record, and how numbers are rounded in it. */
import type { Reason, Value, Verdict } from '../records.ts'

/** The answer to one record: fields whose values change, and named values that are added to it. */
export interface Answer {
  readonly changed?: readonly { readonly field: string; readonly value: Value }[]
  readonly added: Readonly<Record<string, number | boolean | null | readonly unknown[]>>
  /** What stands in the columns of CSV, where that is not what is added, name by name. */
  readonly cells?: readonly (number | null)[]
}

/** Digits that mean something in a score: parameters are single precision, good for about seven. */
const DIGITS = 6

/** The number with at most six significant digits, so that output is short and reads the same everywhere. */
export const rounded = (value: number): number => Number(value.toPrecision(DIGITS))

/** Reasons as they are printed. The record's own value is left as it is. */
export const roundedReasons = (reasons: readonly Reason[]): Reason[] =>
  reasons.map(reason => ({
    ...reason,
    expected: typeof reason.expected === 'number' ? rounded(reason.expected) : reason.expected,
    surprise: rounded(reason.surprise),
  }))

/** A verdict as it is written beside its record. */
export const verdictAnswer = ({ score, p, anomaly, why }: Verdict): Answer => ({
  added: {
    score: score === null ? null : rounded(score),
    p: p === null ? null : rounded(p),
    anomaly,
    why: roundedReasons(why),
  },
})

/** `wanted`, or with as many underscores behind it as it takes to be free. */
export function freeName(wanted: string, isTaken: (name: string) => boolean): string {
  let name = wanted
  while (isTaken(name)) name += '_'
  return name
}
