/** Files: read from the beginning, or from a position, once it is certain that it is the same file. */
import { createReadStream, fstatSync, openSync, readSync } from 'node:fs'
import { inputError, systemReason } from '../../errors.ts'
import type { SourcePosition } from '../source.ts'
import { TAIL_BYTES } from '../tail.ts'
import { isCompressed, MAGIC_BYTES } from './compressed.ts'
import { CHUNK_BYTES, type Origin } from './origin.ts'
import { Recent } from './recent.ts'
import { behind, checkKind, checkTail } from './resumption.ts'
import { reading, streamOrigin } from './stream.ts'
import { Track } from './track.ts'

/**
 * @param seekable whether it is a regular file; a named pipe or a device is a stream
 * @throws CommandError (input) when the file cannot be opened, or does not hold what stood before `from`
 */
export function openRegular(file: string, seekable: boolean, from?: SourcePosition): Origin {
  if (!seekable) return streamOrigin(createReadStream(file, { highWaterMark: CHUNK_BYTES }), file, from)
  if (from) checkKind(file, from)
  const descriptor = opened(file)
  const { size, ino } = fstatSync(descriptor)
  const position = from ?? { name: file, bytes: 0 }
  const track = new Track(file, position.bytes, new Recent())
  const compressed = isCompressed(bytesAt(descriptor, 0, MAGIC_BYTES))
  const start = compressed ? 0 : position.bytes
  const stream = () => createReadStream('', { fd: descriptor, start, highWaterMark: CHUNK_BYTES })
  if (!compressed) {
    const length = Math.min(start, TAIL_BYTES)
    const tail = bytesAt(descriptor, start - length, length)
    checkTail(file, position, tail, size)
    track.enter(ino, start, tail)
    return { name: file, size, track, isStored: true, ...reading(stream(), start) }
  }
  const parts = reading(stream(), start)
  const arrived = (tail: Uint8Array) => track.enter(ino, position.bytes, tail)
  return {
    name: file,
    size,
    track,
    isStored: true,
    ...parts,
    chunks: () => behind(parts.chunks(), file, position, arrived),
  }
}

function opened(file: string): number {
  try {
    return openSync(file, 'r')
  } catch (error) {
    throw inputError(`expected a file of records, cannot read ${file}: ${systemReason(error)}`, error)
  }
}

/** Up to `length` bytes of a file, fewer at its end. */
function bytesAt(descriptor: number, position: number, length: number): Uint8Array {
  const bytes = Buffer.alloc(length)
  return bytes.subarray(0, readSync(descriptor, bytes, 0, length, position))
}
