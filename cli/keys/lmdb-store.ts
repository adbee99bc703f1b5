/**
 * Models of keys on disk, in LMDB: a folder with one file of data, which a dying process cannot damage.
 *
 * Models leave memory at any time, but what the folder holds after a crash is the last commit. So each state carries the
 * epoch in which it was put, the number of the commit that it belongs to; a commit is nothing but its number and its
 * head, written in one transaction. What a process that died has put since its last commit is discarded on opening.
 * Of each key at most two states are kept.
 *
 * Until the next commit states rest in a scratch file, which waits for no disk and means nothing to later processes.
 */
import { mkdtempSync, readdirSync, rmSync, statfsSync } from 'node:fs'
import { join } from 'node:path'
import { type Database, open, type RootDatabase } from 'lmdb'
import type { KeyStore } from '../../pipeline/index.ts'
import { modelError, systemReason } from '../errors.ts'

type Version = [key: string, epoch: number]

/** Addresses for the file, not memory: where it grows out of them it is mapped a second time, and counted twice. */
const MAP_BYTES = 2 ** 36
const FORM = { noSubdir: false, maxDbs: 2, encoding: 'binary', mapSize: MAP_BYTES } as const
/** States that are moved in one transaction. */
const MOST_AT_ONCE = 512

/** Bytes that are too few for the next models. */
const LITTLE = 1 << 20

/** How the names of the folders of scratch files begin. */
export const SCRATCH = 'scratch-'

export class LmdbStore implements KeyStore {
  readonly #folder: string
  readonly #readOnly: boolean
  readonly #root: RootDatabase<Buffer, string>
  readonly #models: Database<Buffer, Version>
  readonly #meta: Database<Buffer, string>
  /** States that were put since the last commit. */
  #scratch: RootDatabase<Buffer, string> | undefined
  /** The last commit, 0 before the first. */
  #committed = 0

  /**
   * @param readOnly for a folder that another process may be working on: only what it has committed is seen
   * @throws CommandError (model) when the folder cannot be opened or is none of LMDB's
   */
  constructor(folder: string, { readOnly = false } = {}) {
    this.#folder = folder
    this.#readOnly = readOnly
    try {
      // A commit returns when it is on disk.
      this.#root = open({ ...FORM, path: folder, readOnly, overlappingSync: false })
      this.#models = this.#root.openDB<Buffer, Version>({ name: 'models', encoding: 'binary' })
      this.#meta = this.#root.openDB<Buffer, string>({ name: 'meta', encoding: 'binary' })
    } catch (error) {
      const reason = systemReason(error)
      throw modelError(`expected a folder of models of keys, cannot open ${folder}: ${reason}`, error)
    }
    this.refresh()
  }

  /** Look which commit is the last one: of another thread that works on the same folder. */
  refresh(): void {
    this.#committed = Number(this.#meta.get('epoch')?.toString() ?? 0)
  }

  /** Forget what was put after the last commit, by a process that has ended. */
  discard(): void {
    this.#removeScratch()
    const late = [...this.#models.getKeys()].filter(([, epoch]) => epoch > this.#committed)
    if (late.length === 0) return
    this.#write(this.#root, () => {
      for (const version of late) this.#models.removeSync(version)
    })
  }

  get head(): Uint8Array | undefined {
    return this.#meta.get('head')
  }

  get(key: string): Uint8Array | undefined {
    const newest = this.#scratch?.get(key)
    if (newest) return newest
    const epoch = this.#readOnly ? this.#committed : undefined
    for (const { value } of this.#models.getRange({ ...versionsOf(key, epoch), limit: 1 })) return value
    return undefined
  }

  put(entries: readonly (readonly [key: string, state: Uint8Array])[]): void {
    if (entries.length === 0) return
    const scratch = this.#openScratch()
    this.#write(scratch, () => {
      for (const [key, state] of entries) scratch.putSync(key, bufferOf(state))
    })
  }

  /** Bring what was put to where a commit, be it another thread's, makes it count. */
  prepare(): void {
    const scratch = this.#scratch
    if (!scratch) return
    let moved: string[] = []
    do {
      moved = []
      this.#write(this.#root, () => {
        for (const { key, value } of scratch.getRange({ limit: MOST_AT_ONCE })) {
          this.#forgetOld(key)
          this.#models.putSync([key, this.#committed + 1], value)
          moved.push(key)
        }
      })
      this.#write(scratch, () => {
        for (const key of moved) scratch.removeSync(key)
      })
    } while (moved.length > 0)
  }

  commit(head: Uint8Array): void {
    this.prepare()
    const epoch = this.#committed + 1
    this.#write(this.#root, () => {
      this.#meta.putSync('head', bufferOf(head))
      this.#meta.putSync('epoch', Buffer.from(String(epoch)))
    })
    this.#committed = epoch
  }

  async close(): Promise<void> {
    await this.#scratch?.close()
    // Threads are ended without being asked to clean up.
    if (!this.#readOnly) this.#removeScratch()
    await this.#root.close()
  }

  #removeScratch(): void {
    for (const name of readdirSync(this.#folder)) {
      if (name.startsWith(SCRATCH)) rmSync(join(this.#folder, name), { recursive: true, force: true })
    }
  }

  #openScratch(): RootDatabase<Buffer, string> {
    if (this.#scratch) return this.#scratch
    try {
      const path = mkdtempSync(join(this.#folder, SCRATCH))
      this.#scratch = open<Buffer, string>({ ...FORM, path, noSync: true })
      return this.#scratch
    } catch (error) {
      throw this.#failure(error)
    }
  }

  /** All or nothing. */
  #write(root: RootDatabase<Buffer, string>, change: () => void): void {
    try {
      root.transactionSync(change)
    } catch (error) {
      throw this.#failure(error)
    }
  }

  #failure(error: unknown): Error {
    // LMDB tells of a full disk as of any other failure.
    const { bavail, bsize } = statfsSync(this.#folder)
    const reason =
      bavail * bsize < LITTLE
        ? 'no space is left on the device; make some, and go on with --resume'
        : systemReason(error)
    return modelError(`cannot keep the models of keys in ${this.#folder}: ${reason}`, error)
  }

  /** Remove the states of a key but for the newest one of those that were committed. */
  #forgetOld(key: string): void {
    const committed = [...this.#models.getKeys(versionsOf(key))].filter(
      ([, epoch]) => epoch <= this.#committed,
    )
    for (const version of committed.slice(1)) this.#models.removeSync(version)
  }
}

const bufferOf = ({ buffer, byteOffset, length }: Uint8Array) => Buffer.from(buffer, byteOffset, length)

/** All states of a key, the newest first, up to an epoch. */
const versionsOf = (key: string, newest = Number.MAX_SAFE_INTEGER) => ({
  start: [key, newest] as Version,
  end: [key, -1] as Version,
  reverse: true,
})
