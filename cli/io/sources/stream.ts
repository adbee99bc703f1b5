/** Pipes and other streams that can be read once: standard input, devices, named pipes. */
import type { Readable } from 'node:stream'
import type { SourcePosition } from '../source.ts'
import { unpacked } from './compressed.ts'
import type { Origin } from './origin.ts'
import { Track } from './track.ts'

/** @param from where the stream goes on; its bytes are only counted from there */
export function streamOrigin(stream: Readable, name: string, from?: SourcePosition): Origin {
  const track = new Track(name, from?.bytes ?? 0)
  return { name, size: undefined, track, isStored: false, ...reading(stream, 0) }
}

/** Chunks of a stream, unpacked, and how many bytes of it were read, from `consumed` on. */
export function reading(stream: Readable, consumed: number) {
  let read = consumed
  async function* stored(): AsyncGenerator<Uint8Array> {
    for await (const chunk of stream) {
      read += chunk.length
      yield chunk
    }
  }
  return {
    consumed: () => read,
    chunks: () => unpacked(stored()),
    stop: () => {
      stream.destroy()
    },
  }
}
