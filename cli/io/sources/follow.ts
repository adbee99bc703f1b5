/**
 * A file that grows, through rotations: what `tail -F` does, but without losing what was written between two looks, and
 * with positions that are found again after the file was renamed.
 *
 * The file is looked at five times a second, by two calls of the system: not every file system notifies of changes, and
 * notified or not, a look is what tells what has happened.
 */
import { inputError, systemReason } from '../../errors.ts'
import type { SourcePosition } from '../source.ts'
import { isCompressed } from './compressed.ts'
import { GrowingFile } from './growing-file.ts'
import type { Origin } from './origin.ts'
import { Recent } from './recent.ts'
import { type Relative, relativeAt, writtenAfter } from './rotation.ts'
import { Track } from './track.ts'
import { copyOf, found, presentAt } from './whereabouts.ts'

/** Milliseconds between two looks at a file that does not grow. */
const LOOK_EVERY = 200
const NEWLINE = 10

/**
 * @param path of a file that may not exist yet
 * @param say called with what a person should know: that it waits, that the file was truncated
 * @throws CommandError (input) when what `from` is in is not found
 */
export function followOrigin(
  path: string,
  from: SourcePosition | undefined,
  say: (message: string) => void,
): Origin {
  const track = new Track(path, from?.bytes ?? 0, new Recent())
  return new Follower(path, track, say, from ? found(path, from) : presentAt(path))
}

class Follower implements Origin {
  readonly name: string
  readonly size = undefined
  readonly isStored = true
  readonly track: Track
  readonly #say: (message: string) => void
  #file: GrowingFile | undefined
  #consumed = 0
  #stopped = false
  #wake: () => void = () => {}
  /** Whether the last byte given was not the end of a line. */
  #insideLine = false
  /** What was said about the file's absence, so that it is not said again. */
  #missing = ''
  /** The last file seen at the path that was no reason to leave the present one. */
  #seen = ''
  /** Whether the log goes on in another file, so that nothing is written to this one any more. */
  #left = false

  constructor(path: string, track: Track, say: (message: string) => void, file: GrowingFile | undefined) {
    this.name = path
    this.track = track
    this.#say = say
    this.#file = file
    if (!file) return
    track.enter(file.inode, file.offset, file.tail)
    this.#insideLine = (file.tail.at(-1) ?? NEWLINE) !== NEWLINE
  }

  consumed(): number {
    return this.#consumed
  }

  stop(): void {
    this.#stopped = true
    this.#wake()
  }

  async *chunks(): AsyncGenerator<Uint8Array> {
    try {
      while (!this.#stopped) {
        const file = this.#file
        const chunk = await file?.next()
        if (!file) yield* this.#goOver(this.#present())
        else if (!chunk) yield* this.#truncated(file)
        else if (chunk.length > 0) yield this.#checked(chunk, file)
        else if (this.#left) yield* this.#goOver(writtenAfter(this.name, file.now())[0])
        // What was written to it before the next one was begun may only now be read.
        else if (this.#isLeft(file)) this.#left = true
        else await this.#pause()
      }
    } finally {
      this.#file?.close()
    }
  }

  /** Whether the log goes on in another file. */
  #isLeft(file: GrowingFile): boolean {
    const present = this.#present()
    const seen = present ? `${present.inode} ${present.size > 0}` : 'none'
    if (present?.inode === file.inode || seen === this.#seen) return false
    if (writtenAfter(this.name, file.now()).length > 0) return true
    this.#seen = seen
    return false
  }

  /** The file at the path; when there is none, that is said once. */
  #present(): Relative | undefined {
    let reason = 'it does not exist'
    try {
      const present = relativeAt(this.name)
      if (present) {
        this.#missing = ''
        return present
      }
    } catch (error) {
      reason = systemReason(error)
    }
    if (reason !== this.#missing) this.#say(`waiting for ${this.name}: ${reason}`)
    this.#missing = reason
    return undefined
  }

  /** Go on in another file; when it cannot be opened, or has moved on meanwhile, there is another look later. */
  async *#goOver(next: Relative | undefined): AsyncGenerator<Uint8Array> {
    const file = next && this.#opened(next)
    if (!file) {
      await this.#pause()
      return
    }
    this.#replace(file)
    yield* this.#begin(file)
  }

  #replace(file: GrowingFile): void {
    this.#file?.close()
    this.#file = file
    this.#left = false
    this.#seen = ''
  }

  #opened({ path, inode }: Relative): GrowingFile | undefined {
    try {
      const file = new GrowingFile(path, 0)
      if (file.inode === inode) return file
      file.close()
    } catch (error) {
      const reason = systemReason(error)
      if (reason !== this.#missing) this.#say(`waiting for ${path}: ${reason}`)
      this.#missing = reason
    }
    return undefined
  }

  /** The file was cut and is written anew. What was written to it before may be in a copy (logrotate's `copytruncate`). */
  *#truncated(file: GrowingFile): Generator<Uint8Array> {
    const copy = copyOf(this.name, file)
    if (copy) {
      this.#say(`${file.path} was truncated; going on in its copy ${copy.path}`)
      this.#replace(copy)
      this.track.enter(copy.inode, copy.offset, new Uint8Array(0))
      return
    }
    this.#say(`${file.path} was truncated; going on from its beginning`)
    file.rewind()
    yield* this.#begin(file)
  }

  /** What follows is from this file's beginning, and no line of another one goes on in it. */
  *#begin(file: GrowingFile): Generator<Uint8Array> {
    this.track.enter(file.inode, 0, new Uint8Array(0), this.#insideLine ? 1 : 0)
    if (this.#insideLine) yield Uint8Array.of(NEWLINE)
    this.#insideLine = false
  }

  #checked(chunk: Uint8Array, file: GrowingFile): Uint8Array {
    if (file.offset === chunk.length && isCompressed(chunk))
      throw inputError(
        `expected a file of text with --follow, ${file.path} is compressed; leave out --follow`,
      )
    this.#consumed += chunk.length
    this.#insideLine = chunk[chunk.length - 1] !== NEWLINE
    return chunk
  }

  async #pause(): Promise<void> {
    await new Promise<void>(resolve => {
      const timer = setTimeout(resolve, LOOK_EVERY)
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }
}
