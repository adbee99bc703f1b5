/** Which byte of which file the bytes that a source gave were, so that any of them can be found again. */
import type { SourcePosition } from '../source.ts'
import { TAIL_BYTES, tailOf } from '../tail.ts'
import type { Recent } from './recent.ts'

/** A file, from the byte on at which its reading began. */
interface Stretch {
  readonly inode: number | undefined
  /** Position in the file, in bytes. */
  readonly start: number
  /** Bytes that the source had given by then. */
  readonly given: number
}

/** Files that are remembered; a record that reaches back over more of them has lost its beginning. */
const STRETCHES = 1000

export class Track {
  readonly #name: string
  /** Undefined where nothing can be read again. */
  readonly #recent: Recent | undefined
  #given = 0
  #stretches: Stretch[]

  /**
   * @param bytes position of the first byte that will be given
   * @param recent what to remember of what was given; leave it out where nothing can be read again
   */
  constructor(name: string, bytes: number, recent?: Recent) {
    this.#name = name
    this.#recent = recent
    this.#stretches = [{ inode: undefined, start: bytes, given: 0 }]
  }

  /**
   * What comes next is from this file.
   * @param start position in it, in bytes
   * @param tail the bytes before that, at most `TAIL_BYTES` of them
   * @param ending bytes that are still given in between, and are in neither file
   */
  enter(inode: number, start: number, tail: Uint8Array, ending = 0): void {
    const given = this.#given + ending
    this.#stretches = [...this.#stretches.filter(stretch => stretch.given < given), { inode, start, given }]
    if (this.#stretches.length > STRETCHES) this.#stretches.shift()
    this.#recent?.push(tail)
  }

  gave(chunk: Uint8Array): void {
    this.#given += chunk.length
    this.#recent?.push(chunk)
  }

  /** The position `unread` bytes before the end of what was given. */
  positionBefore(unread: number): SourcePosition {
    const at = this.#given - unread
    const { inode, start, given } =
      this.#stretches.findLast(stretch => stretch.given <= at) ?? this.#stretches[0]
    const bytes = start + at - given
    const before = this.#recent?.before(unread, Math.min(bytes, TAIL_BYTES))
    return {
      name: this.#name,
      bytes,
      ...(before && { tail: tailOf(before) }),
      ...(inode !== undefined && { inode }),
    }
  }
}
