/** A progress bar on standard error, when a person is watching it. */
import type { Writable } from 'node:stream'
import { SingleBar } from 'cli-progress'
import { grouped, type Report } from './report.ts'

/** Moves the cursor to the start of the line and clears it, so that a message does not end up behind the bar. */
const CLEAR_LINE = '\r\u001b[K'

const COUNTS = '{records} records, {rate} records/s, {alarms} alarms'
/** Without the size of the input there is no share of it to draw. */
const formats = { known: `{bar} {percentage}% | ${COUNTS}`, unknown: COUNTS } as const

export interface Progress {
  /** @param bytes read so far */
  update(bytes: number, report: Report): void
  /** Remove the bar. */
  stop(): void
  /** What has to be written before a message. */
  readonly prefix: string
}

const silent: Progress = { update() {}, stop() {}, prefix: '' }

/**
 * @param stream standard error
 * @param size bytes of the input, where known
 */
export function openProgress(
  stream: Writable & { isTTY?: boolean },
  size: number | undefined,
  quiet: boolean,
): Progress {
  if (!stream.isTTY || quiet) return silent
  const started = performance.now()
  const bar = new SingleBar({
    format: size ? formats.known : formats.unknown,
    stream,
    clearOnComplete: true,
    forceRedraw: true,
    hideCursor: true,
    barsize: 24,
  })
  bar.start(size ?? 1, 0, { records: '0', rate: '0', alarms: '0' })
  return {
    prefix: CLEAR_LINE,
    update(bytes, { records, fresh, alarms }) {
      const seconds = Math.max((performance.now() - started) / 1000, 1e-3)
      const rate = grouped(Math.round(fresh / seconds))
      bar.update(size ? bytes : 0, { records: grouped(records), rate, alarms: grouped(alarms) })
    },
    stop: () => bar.stop(),
  }
}

/** A bar for work without records. */
export interface Share {
  /** @param share of the work that is done, up to 1 */
  update(share: number): void
  stop(): void
  /** What has to be written before a message. */
  prefix(): string
}

/** @param stream standard error */
export function openShare(stream: Writable & { isTTY?: boolean }, quiet: boolean): Share {
  if (!stream.isTTY || quiet) return { update() {}, stop() {}, prefix: () => '' }
  const bar = new SingleBar({
    format: '{bar} {percentage}% of log Z',
    stream,
    clearOnComplete: true,
    forceRedraw: true,
    hideCursor: true,
    barsize: 24,
  })
  let isOpen = true
  bar.start(1, 0)
  return {
    update: share => bar.update(share),
    stop() {
      if (isOpen) bar.stop()
      isOpen = false
    },
    prefix: () => (isOpen ? CLEAR_LINE : ''),
  }
}
