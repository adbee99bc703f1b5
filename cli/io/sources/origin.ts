/** What all kinds of sources have in common. */
import type { Track } from './track.ts'

/** Bytes a chunk at most. Larger chunks are no faster and hold more output back from a slow reader. */
export const CHUNK_BYTES = 1 << 16

/** What one kind of source brings. */
export interface Origin {
  readonly name: string
  readonly size: number | undefined
  consumed(): number
  readonly track: Track
  /** Whether what was not given is kept where it is, to be read again. */
  readonly isStored: boolean
  /** Who sent the chunk that was given last, where there are several. */
  readonly sender?: string
  chunks(): AsyncIterable<Uint8Array>
  /** Ends `chunks`, with or without an error. */
  stop(): void
}
