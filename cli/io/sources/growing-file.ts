/** A file that may grow, or be cut and written anew, while it is read. */
import { closeSync, fstatSync, openSync, read, readSync } from 'node:fs'
import { promisify } from 'node:util'
import { TAIL_BYTES } from '../tail.ts'
import { CHUNK_BYTES } from './origin.ts'
import type { Relative } from './rotation.ts'

const readAt = promisify(read)

export class GrowingFile {
  readonly path: string
  readonly inode: number
  readonly #descriptor: number
  readonly #buffer = Buffer.allocUnsafe(TAIL_BYTES + CHUNK_BYTES)
  #offset: number
  #tail: Uint8Array

  /**
   * @param offset in bytes, from where on it is read; must not be beyond its end
   * @throws the system's error when it cannot be opened
   */
  constructor(path: string, offset: number) {
    this.path = path
    this.#descriptor = openSync(path, 'r')
    this.inode = this.now().inode
    this.#offset = offset
    const tail = Buffer.alloc(Math.min(offset, TAIL_BYTES))
    const length = readSync(this.#descriptor, tail, 0, tail.length, offset - tail.length)
    this.#tail = tail.subarray(0, length)
  }

  /** Bytes read, and those left out at the beginning. */
  get offset(): number {
    return this.#offset
  }

  /** The last bytes before `offset`, at most `TAIL_BYTES` of them. */
  get tail(): Uint8Array {
    return this.#tail
  }

  /** What is known about it now, whatever its name is by now. */
  now(): Relative {
    const { ino, size, mtimeNs } = fstatSync(this.#descriptor, { bigint: true })
    return { path: this.path, inode: Number(ino), size: Number(size), modified: mtimeNs }
  }

  /**
   * What was written behind what has been read, a chunk of it at most; empty at the end. Nothing when the file no longer
   * holds what has been read: the bytes before come along with every chunk, so that no other content is taken for more.
   */
  async next(): Promise<Uint8Array | undefined> {
    const { size } = this.now()
    if (size < this.#offset) return undefined
    if (size === this.#offset) return new Uint8Array(0)
    const before = this.#tail.length
    const { bytesRead } = await readAt(
      this.#descriptor,
      this.#buffer,
      0,
      before + CHUNK_BYTES,
      this.#offset - before,
    )
    if (!this.#buffer.subarray(0, Math.min(before, bytesRead)).equals(this.#tail)) return undefined
    // A copy, because the buffer is used again.
    const chunk = Buffer.from(this.#buffer.subarray(before, bytesRead))
    this.#offset += chunk.length
    this.#tail = Buffer.concat([this.#tail, chunk.subarray(-TAIL_BYTES)]).subarray(-TAIL_BYTES)
    return chunk
  }

  /** Begin again at its beginning. */
  rewind(): void {
    this.#offset = 0
    this.#tail = new Uint8Array(0)
  }

  close(): void {
    closeSync(this.#descriptor)
  }
}
