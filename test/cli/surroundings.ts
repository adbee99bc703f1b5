/** A process for commands to run in, inside the test's own. */
import { EventEmitter } from 'node:events'
import { Readable, Writable } from 'node:stream'
import type { Signal, Surroundings } from '../../cli/surroundings.ts'

class Collector extends Writable {
  text = ''
  isTTY = false

  override _write(chunk: unknown, _: unknown, done: (error?: Error) => void): void {
    this.text += String(chunk)
    done()
  }
}

export interface FakeProcess extends Surroundings {
  readonly stdin: Readable
  readonly stdout: Collector
  readonly stderr: Collector
  /** What the operating system would do on Ctrl-C. */
  signal(signal: Signal): boolean
}

/** @param input what comes in; left open when undefined, for the test to push into `stdin` */
export function fakeProcess(input?: string | Uint8Array): FakeProcess {
  const signals = new EventEmitter()
  const stdin = new Readable({ read() {} })
  if (input !== undefined) {
    stdin.push(Buffer.from(input))
    stdin.push(null)
  }
  return {
    stdin,
    stdout: new Collector(),
    stderr: new Collector(),
    env: {},
    on: (signal, listener) => signals.on(signal, listener),
    off: (signal, listener) => signals.off(signal, listener),
    signal: signal => signals.emit(signal),
  }
}
