/** A progress bar on standard error, when a person is watching it. */
import { SingleBar } from 'cli-progress'

export interface Bar {
  update(done: number): void
  stop(): void
}

/** @param total what `update` counts up to */
export function openBar(name: string, total: number): Bar {
  if (!process.stderr.isTTY) return { update() {}, stop() {} }
  const bar = new SingleBar({
    format: `${name.padEnd(12)} {bar} {value}/{total}`,
    stream: process.stderr,
    clearOnComplete: true,
    hideCursor: true,
    barsize: 24,
  })
  bar.start(total, 0)
  return { update: done => bar.update(done), stop: () => bar.stop() }
}
