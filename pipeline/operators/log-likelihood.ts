import { map, type OperatorFunction } from 'rxjs'
import { show } from '../errors.ts'
import type { Product, Row } from '../experts/product.ts'
import type { LogPartitionTrack } from '../likelihood/log-partition-track.ts'

export interface LogLikelihoodOptions {
  /** What learns each row after it was looked at; nothing by default. */
  readonly learn?: Pick<Product, 'learnOne'>
  /** Rows from one update of the track to the next; default 20. */
  readonly every?: number
  /** `nats`, the default, or `bits`, of which one is ln 2 nats. */
  readonly unit?: 'nats' | 'bits'
}

export interface RowLikelihood {
  readonly row: Row
  /** log p(row) under the parameters that score, before the row was learned; log p₂ in bits. */
  readonly logLikelihood: number
  /** Of log Z, and so of the log-likelihood, in the same unit. */
  readonly standardError: number
}

/**
 * The log-likelihood of each row, normalised, of a product that may go on learning: −F − log Z by the track, which is updated
 * after every so many rows.
 *
 * @example from(rows).pipe(logLikelihood(new LogPartitionTrack(product, exactLogPartition(product)), { learn: product }))
 */
export function logLikelihood(
  track: Pick<LogPartitionTrack, 'logLikelihood' | 'standardError' | 'update'>,
  { learn, every = 20, unit = 'nats' }: LogLikelihoodOptions = {},
): OperatorFunction<Row, RowLikelihood> {
  if (!Number.isInteger(every) || every < 1)
    throw new RangeError(`Expected every as a whole number from 1, got ${show(every)}.`)
  if (unit !== 'nats' && unit !== 'bits')
    throw new RangeError(`Expected unit as 'nats' or 'bits', got ${show(unit)}.`)
  const nats = unit === 'bits' ? Math.LN2 : 1
  return map((row, index) => {
    if (index > 0 && index % every === 0) track.update()
    const logLikelihood = track.logLikelihood(row) / nats
    learn?.learnOne(row)
    return { row, logLikelihood, standardError: track.standardError / nats }
  })
}
