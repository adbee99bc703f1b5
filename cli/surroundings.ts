/** What a command has of the process: its streams and signals. */
import type { Readable, Writable } from 'node:stream'
import type { Output } from './io/sink.ts'
import type { Source } from './io/source.ts'

/** So that tests can bring their own. */
export interface Surroundings {
  readonly stdin: Readable & { isTTY?: boolean; fd?: number }
  readonly stdout: Writable & { isTTY?: boolean }
  readonly stderr: Writable & { isTTY?: boolean }
  readonly env: Readonly<Record<string, string | undefined>>
  on(signal: Signal, listener: () => void): unknown
  off(signal: Signal, listener: () => void): unknown
}

export type Signal = 'SIGINT' | 'SIGTERM'

/**
 * On the first signal reading stops and the command ends as at the end of its input, without waiting for a slow reader;
 * a second one kills the process, as without a listener.
 */
export function watchSignals(
  surroundings: Surroundings,
  source: Pick<Source, 'stop'>,
  output: Pick<Output, 'hurry'>,
) {
  const watch: { received: Signal | undefined; unwatch(): void } = { received: undefined, unwatch }
  const listeners = (['SIGINT', 'SIGTERM'] as const).map(signal => {
    const listener = () => {
      watch.received = signal
      unwatch()
      source.stop()
      output.hurry()
    }
    surroundings.on(signal, listener)
    return { signal, listener }
  })
  function unwatch() {
    for (const { signal, listener } of listeners) surroundings.off(signal, listener)
  }
  return watch
}
