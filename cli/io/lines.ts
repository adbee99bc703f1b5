/** Physical lines as the command line reads them: with its flag as the remedy, and from a place that was kept. */
import type { Limit } from '../../pipeline/ndjson/entry.ts'
import type { LineStart } from '../../pipeline/ndjson/lines.ts'
import type { ReaderStart } from './entry.ts'
import type { ReaderState } from './position.ts'

/** @param most bytes of the longest line */
export const lineLimit = (most: number): Limit => ({ most, remedy: '--max-line allows more' })

export const lineStart = (start: ReaderStart | undefined): LineStart | undefined =>
  start && { line: start.line, isUnended: start.state.unended === true }

/** What has to be kept of how the input ended. */
export const endState = ({ isUnended }: Pick<LineStart, 'isUnended'>): Pick<ReaderState, 'unended'> =>
  isUnended ? { unended: true } : {}
