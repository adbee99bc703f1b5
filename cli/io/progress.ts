/** A progress bar on standard error, while it is a terminal and standard output is not the same one. */
import { SingleBar } from 'cli-progress'
import type { Report } from './report.ts'
import type { Source } from './source.ts'

export interface Progress {
  /** `bytes` of the input have been read. */
  update(bytes: number): void
  stop(): void
}

const silent: Progress = { update: () => undefined, stop: () => undefined }

export function openProgress(source: Source, report: Report, quiet: boolean): Progress {
  if (quiet || !process.stderr.isTTY || process.stdout.isTTY) return silent
  const known = source.size !== undefined
  const format = `${known ? '{bar} {percentage}% · ' : ''}{records} records · {alarms} alarms · {duration} s`
  const bar = new SingleBar({ format, stream: process.stderr, hideCursor: true, clearOnComplete: true })
  const payload = () => ({ records: report.records.toLocaleString('en'), alarms: report.alarms })
  bar.start(source.size ?? 1, 0, payload())
  return {
    update: bytes => bar.update(known ? bytes : 0, payload()),
    stop: () => bar.stop(),
  }
}
