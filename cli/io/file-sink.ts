/**
 * Text to a file that can be gone on with: what is written is where it belongs before `send` returns, `flush` puts it on
 * the disk, and what a killed process wrote behind its last checkpoint is cut off again.
 */
import { existsSync, fstatSync, fsyncSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { inputError, systemReason } from '../errors.ts'
import { syncFolder } from './model-file.ts'
import type { OutputPosition } from './position.ts'
import type { Output } from './sink.ts'
import { TAIL_BYTES, tailOf } from './tail.ts'

export class FileSink implements Output {
  readonly #descriptor: number
  #bytes: number
  closed = false
  failure: Error | undefined
  onClose: () => void = () => {}

  /** @param bytes of the file that are kept */
  constructor(descriptor: number, bytes: number) {
    this.#descriptor = descriptor
    this.#bytes = bytes
    if (fstatSync(descriptor).size !== bytes) ftruncateSync(descriptor, bytes)
  }

  send(text: string): void {
    if (text === '' || this.closed) return
    const bytes = Buffer.from(text)
    this.#attempt(() => {
      // The system may take a part only, and say why it takes no more the next time.
      for (let at = 0; at < bytes.length; )
        at += writeSync(this.#descriptor, bytes, at, bytes.length - at, this.#bytes + at)
      this.#bytes += bytes.length
    })
  }

  async ready(): Promise<void> {}

  hurry(): void {}

  async flush(): Promise<boolean> {
    this.#attempt(() => fsyncSync(this.#descriptor))
    return !this.closed
  }

  position(): OutputPosition {
    return { bytes: this.#bytes, tail: tailBefore(this.#descriptor, this.#bytes) }
  }

  #attempt(action: () => void): void {
    if (this.closed) return
    try {
      action()
    } catch (error) {
      this.failure = error as Error
      this.closed = true
      this.onClose()
    }
  }
}

/**
 * A file that is empty, whatever was in it.
 * @throws CommandError (input) when it cannot be opened
 */
export function emptyFile(path: string): FileSink {
  const sink = new FileSink(opened(path, 'w+'), 0)
  // Its name has to be as durable as what will be in it.
  syncFolder(dirname(path))
  return sink
}

/**
 * The file as it was at a checkpoint.
 * @throws CommandError (input) when it cannot be opened, or is not the one of the checkpoint
 */
export function continuedFile(path: string, { bytes, tail }: OutputPosition): FileSink {
  const remedy = 'bring it back as it was, or begin anew without --resume and with another --output'
  const isThere = existsSync(path)
  if (!isThere && bytes === 0) return emptyFile(path)
  if (!isThere)
    throw inputError(
      `expected the ${bytes} bytes that ${path} had at the checkpoint, got no such file; ${remedy}`,
    )
  const descriptor = opened(path, 'r+')
  const { size } = fstatSync(descriptor)
  if (size < bytes)
    throw inputError(
      `expected the ${bytes} bytes that ${path} had at the checkpoint, got a file of ${size}; ${remedy}`,
    )
  const found = tailBefore(descriptor, bytes)
  if (found !== tail)
    throw inputError(
      `expected ${path} as it was at the checkpoint, with the checksum ${tail} of what is before byte ${bytes}, got ${found}; ${remedy}`,
    )
  return new FileSink(descriptor, bytes)
}

function opened(path: string, flags: 'w+' | 'r+'): number {
  try {
    return openSync(path, flags)
  } catch (error) {
    throw inputError(`cannot write the output to ${path}: ${systemReason(error)}`, error)
  }
}

/** Checksum of the last bytes of a file before a position. */
function tailBefore(descriptor: number, position: number): string {
  const bytes = Buffer.alloc(Math.min(position, TAIL_BYTES))
  readSync(descriptor, bytes, 0, bytes.length, position - bytes.length)
  return tailOf(bytes)
}
