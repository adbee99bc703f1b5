/**
 * Models of keys on disk, in LMDB: a folder with one file of data, which a dying process cannot damage.
 *
 * Models leave memory at any time, but what the folder holds after a crash is the last commit. So each state carries the
 * epoch in which it was put, the number of the commit that it belongs to; a commit is nothing but its number and its
 * head, written in one transaction. What a process that died has put since its last commit is discarded on opening.
 * Of each key at most two states are kept.
 */
import { type Database, open, type RootDatabase } from 'lmdb'
import type { KeyStore } from '../../pipeline/index.ts'

type Version = [key: string, epoch: number]

export class LmdbStore implements KeyStore {
  readonly #root: RootDatabase<Buffer, string>
  readonly #models: Database<Buffer, Version>
  readonly #meta: Database<Buffer, string>
  /** The last commit, 0 before the first. */
  #committed = 0

  /** Throws what the system says when the folder cannot be opened or is none of LMDB's. */
  constructor(folder: string) {
    // A commit returns when it is on disk.
    this.#root = open({
      path: folder,
      noSubdir: false,
      maxDbs: 2,
      encoding: 'binary',
      overlappingSync: false,
    })
    this.#models = this.#root.openDB<Buffer, Version>({ name: 'models', encoding: 'binary' })
    this.#meta = this.#root.openDB<Buffer, string>({ name: 'meta', encoding: 'binary' })
    this.refresh()
  }

  /** Look which commit is the last one: of another thread that works on the same folder. */
  refresh(): void {
    this.#committed = Number(this.#meta.get('epoch')?.toString() ?? 0)
  }

  /** Forget what was put after the last commit, by a process that has ended. */
  discard(): void {
    const late = [...this.#models.getKeys()].filter(([, epoch]) => epoch > this.#committed)
    if (late.length === 0) return
    this.#root.transactionSync(() => {
      for (const version of late) this.#models.removeSync(version)
    })
  }

  get head(): Uint8Array | undefined {
    return this.#meta.get('head')
  }

  get(key: string): Uint8Array | undefined {
    for (const { value } of this.#models.getRange({ ...versionsOf(key), limit: 1 })) return value
    return undefined
  }

  put(entries: readonly (readonly [key: string, state: Uint8Array])[]): void {
    if (entries.length === 0) return
    this.#root.transactionSync(() => {
      for (const [key, state] of entries) {
        this.#forgetOld(key)
        this.#models.putSync(
          [key, this.#committed + 1],
          Buffer.from(state.buffer, state.byteOffset, state.length),
        )
      }
    })
  }

  commit(head: Uint8Array): void {
    const epoch = this.#committed + 1
    this.#root.transactionSync(() => {
      this.#meta.putSync('head', Buffer.from(head.buffer, head.byteOffset, head.length))
      this.#meta.putSync('epoch', Buffer.from(String(epoch)))
    })
    this.#committed = epoch
  }

  /** States that are kept of a key: its newest one, and the one to go back to. */
  versions(key: string): number {
    return [...this.#models.getKeys(versionsOf(key))].length
  }

  async close(): Promise<void> {
    await this.#root.close()
  }

  /** Remove the states of a key but for the newest one of those that were committed. */
  #forgetOld(key: string): void {
    const committed = [...this.#models.getKeys(versionsOf(key))].filter(
      ([, epoch]) => epoch <= this.#committed,
    )
    for (const version of committed.slice(1)) this.#models.removeSync(version)
  }
}

/** All states of a key, the newest first. */
const versionsOf = (key: string) => ({
  start: [key, Number.MAX_SAFE_INTEGER] as Version,
  end: [key, -1] as Version,
  reverse: true,
})
