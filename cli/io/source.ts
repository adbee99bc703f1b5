/** Where the records come from, pulled one chunk at a time, and how to find a place in them again. */
import { statSync } from 'node:fs'
import type { Readable } from 'node:stream'
import { CommandError, inputError, systemReason, usageError } from '../errors.ts'

import type { Address } from './sources/address.ts'
import { followOrigin } from './sources/follow.ts'
import { Listener } from './sources/listen.ts'
import type { Origin } from './sources/origin.ts'
import { Paces } from './sources/paces.ts'
import { openRegular } from './sources/regular.ts'
import { streamOrigin } from './sources/stream.ts'
import { UnpackError } from './sources/unpack-error.ts'

/** A place in a source, between two bytes. JSON; kept with the model. */
export interface SourcePosition {
  /** The file's path, `standard input`, or the address that is listened on. */
  readonly name: string
  /** Bytes before it, in the file where the place is; of compressed files, unpacked ones. */
  readonly bytes: number
  /** Checksum of the last 1024 bytes before it; none where nothing can be read again. */
  readonly tail?: string
  /** Of the file, to find it when it was renamed. */
  readonly inode?: number
}

export interface SourceOptions {
  /** Go on from here instead of the beginning. Of a pipe, what comes is taken for what follows. */
  readonly from?: SourcePosition
  /** Go on when the file grows, is rotated or truncated; never end. */
  readonly follow?: boolean
  /** Listen here for lines of NDJSON instead; the longest ones that are read have `maxLine` bytes. */
  readonly listen?: { readonly address: Address; readonly maxLine: number }
  /** Called with what a person should know about a source that never ends. */
  readonly say?: (message: string) => void
}

export interface Source {
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
  /** Who sent the chunk that was given last, where there are several. */
  readonly sender: string | undefined
  /** The position `unread` bytes before the end of what `chunks` has given so far. */
  positionBefore(unread: number): SourcePosition
}

/**
 * @param file a path; `-` or nothing for standard input
 * @throws CommandError (input) when there is no such file, it is a directory, or it is not the one of `from`; (usage) when
 * what is to be followed is no file
 */
export function openSource(
  file: string | undefined,
  stdin: () => Readable,
  options: SourceOptions = {},
): Source {
  return sourceOf(originOf(file, stdin, options))
}

function originOf(file: string | undefined, stdin: () => Readable, options: SourceOptions): Origin {
  const { from, follow, listen, say = () => {} } = options
  if (listen) return new Listener({ ...listen, from, say })
  if (file === undefined || file === '-') {
    if (!follow) return streamOrigin(stdin(), 'standard input', from)
    throw usageError('expected a file with --follow, got standard input, which is read until it ends anyway')
  }
  const entry = entryOf(file)
  if (entry?.isDirectory()) throw inputError(`expected a file of records, got the directory ${file}`)
  if (!follow) return openRegular(file, entry?.isFile() ?? true, from)
  if (entry?.isFile() ?? true) return followOrigin(file, from, say)
  throw usageError(`expected a file with --follow, got ${file}, a pipe or a device; leave out --follow`)
}

/** What there is; nothing where it cannot be known, which opening will explain. */
function entryOf(file: string) {
  try {
    return statSync(file, { throwIfNoEntry: false })
  } catch {
    return undefined
  }
}

function sourceOf(origin: Origin): Source {
  const { name, size, track } = origin
  const paces = new Paces()
  let stopped = false
  return {
    name,
    size,
    get consumed() {
      return origin.consumed()
    },
    async *chunks() {
      try {
        for await (const chunk of origin.chunks()) {
          for await (const piece of paces.piecesOf(chunk)) {
            track.gave(piece)
            yield piece
            if (stopped && origin.isStored) return
          }
        }
      } catch (error) {
        // Stopping a stream that waits for data surfaces as an error of the stream.
        if (stopped) return
        if (error instanceof CommandError) throw error
        const reason = error instanceof UnpackError ? error.message : systemReason(error)
        throw inputError(`cannot read on from ${name}: ${reason}`, error)
      }
    },
    stop() {
      stopped = true
      origin.stop()
    },
    get stopped() {
      return stopped
    },
    get sender() {
      return origin.sender
    },
    positionBefore: unread => track.positionBefore(unread),
  }
}
