/** What became of one case. */
import type { Difference } from './compare.ts'

export interface Result {
  readonly name: string
  readonly kills: number
  readonly lost: number
  readonly duplicated: number
  readonly identical: boolean
  /** What went wrong, in words. */
  readonly problems: readonly string[]
  /** A figure or two for whoever reads along. */
  readonly note?: string
}

/** A case that compares one output with another, and has other problems or none. */
export function resultOf(
  name: string,
  { lost, duplicated, identical, where }: Difference,
  problems: readonly string[] = [],
  rest: { kills?: number; note?: string } = {},
): Result {
  const said = identical ? problems : [...problems, where]
  return { name, kills: 0, ...rest, lost, duplicated, identical: said.length === 0, problems: said }
}

/** A case that could not be carried through. */
export const failed = (name: string, error: unknown): Result => ({
  name,
  kills: 0,
  lost: 0,
  duplicated: 0,
  identical: false,
  problems: [error instanceof Error ? error.message : String(error)],
})
