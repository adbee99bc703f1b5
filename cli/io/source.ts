/** Where the records come from: a file or standard input, gzip or not, pulled one chunk at a time. */
import { createReadStream, statSync } from 'node:fs'
import type { Readable } from 'node:stream'
import { inputError, systemReason } from '../errors.ts'
import { GzipError, unpacked } from './gzip.ts'

/** Bytes a read. Larger chunks are no faster and hold more output back from a slow reader. */
const CHUNK_BYTES = 1 << 16

export interface Source {
  /** The file's path, or `standard input`. */
  readonly name: string
  /** Bytes in all, as they are stored; unknown for pipes. */
  readonly size: number | undefined
  /** Bytes read so far, as they are stored: compressed ones of a compressed file. */
  readonly consumed: number
  /** The chunks, unpacked. Ends early, and quietly, after `stop`. */
  chunks(): AsyncGenerator<Uint8Array>
  /** Read no further. */
  stop(): void
  readonly stopped: boolean
}

/**
 * @param file a path; `-` or nothing for standard input
 * @throws CommandError (input) when there is no such file or it is a directory
 */
export function openSource(file: string | undefined, stdin: () => Readable): Source {
  if (file === undefined || file === '-') return sourceOf(stdin(), 'standard input', undefined)
  const entry = statOf(file)
  if (entry.isDirectory()) throw inputError(`expected a file of records, got the directory ${file}`)
  const stream = createReadStream(file, { highWaterMark: CHUNK_BYTES })
  return sourceOf(stream, file, entry.isFile() ? entry.size : undefined)
}

function statOf(file: string) {
  try {
    return statSync(file)
  } catch (error) {
    throw inputError(`expected a file of records, cannot read ${file}: ${systemReason(error)}`, error)
  }
}

function sourceOf(stream: Readable, name: string, size: number | undefined): Source {
  let stopped = false
  let consumed = 0
  async function* stored(): AsyncGenerator<Uint8Array> {
    for await (const chunk of stream) {
      consumed += chunk.length
      yield chunk as Uint8Array
    }
  }
  return {
    name,
    size,
    get consumed() {
      return consumed
    },
    async *chunks() {
      try {
        for await (const chunk of unpacked(stored(), CHUNK_BYTES)) {
          yield chunk
          if (stopped) return
        }
      } catch (error) {
        // Stopping a stream that waits for data surfaces as an error of the stream.
        if (stopped) return
        const reason = error instanceof GzipError ? error.message : systemReason(error)
        throw inputError(`cannot read on from ${name}: ${reason}`, error)
      }
    },
    stop() {
      stopped = true
      stream.destroy()
    },
    get stopped() {
      return stopped
    },
  }
}
