/** What a reader delivers, as plain data. */
import { CommandError } from '../../cli/errors.ts'
import type { Dialect, Entry, Intake, Reader, Rejection, Remark } from '../../cli/io/entry.ts'

export interface Delivery {
  readonly entries: Entry[]
  readonly rejections: Rejection[]
  readonly remarks: Remark[]
  readonly headers: Dialect[]
  /** Message of the error that ended the reading, '' when none did. */
  failure: string
}

/** Everything that a reader makes of the chunks. Only a CommandError may stop it. */
export function deliver(open: (intake: Intake) => Reader, chunks: readonly Uint8Array[]): Delivery {
  const delivery: Delivery = { entries: [], rejections: [], remarks: [], headers: [], failure: '' }
  const reader = open({
    entry: entry => delivery.entries.push(entry),
    reject: rejection => delivery.rejections.push(rejection),
    remark: remark => delivery.remarks.push(remark),
    header: dialect => delivery.headers.push(dialect),
  })
  try {
    for (const chunk of chunks) reader.push(chunk)
    reader.end()
  } catch (error) {
    if (!(error instanceof CommandError)) throw error
    delivery.failure = error.message
  }
  return delivery
}
