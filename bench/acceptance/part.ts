/** A part of a large topic, which can be measured alone: `npm run acceptance -- likelihood --only NAME`. */
import type { Finding } from './finding.ts'

/** What a part is measured from. */
export interface Source {
  /** Where the topic's files are; undefined where it was called without. */
  readonly folder: string | undefined
  /** A reduced run, seconds long and without the folder, that would break if learning broke. */
  readonly quick: boolean
}

export interface Part {
  readonly name: string
  measure(source: Source): Iterable<Finding> | AsyncIterable<Finding>
}

/** All findings of the parts, or of the one that is asked for, which has to be one of them. */
export async function* findingsOf(
  parts: readonly Part[],
  source: Source,
  only: string | undefined,
): AsyncGenerator<Finding> {
  const asked = parts.filter(({ name }) => only === undefined || name === only)
  for (const part of asked) yield* part.measure(source)
}
