/** Where the models of keys are that are not in use, and what is left of a bank after its process has ended. */
export interface KeyStore {
  /** What was last put for the key; undefined when nothing was. The bytes may be a view, good until the next call. */
  get(key: string): Uint8Array | undefined
  put(entries: readonly (readonly [key: string, state: Uint8Array])[]): void
  /**
   * All that was put so far, together with `head`, is what the store holds after the end of this process, however it
   * ends. Until then it holds what was committed before, and nothing of what was put since.
   */
  commit(head: Uint8Array): void
  /** What was last committed. */
  readonly head: Uint8Array | undefined
}

/** A store in memory: small models are smaller at rest, but nothing survives the process. */
export class MemoryStore implements KeyStore {
  readonly #states = new Map<string, Uint8Array>()
  head: Uint8Array | undefined

  get(key: string): Uint8Array | undefined {
    return this.#states.get(key)
  }

  put(entries: readonly (readonly [key: string, state: Uint8Array])[]): void {
    for (const [key, state] of entries) this.#states.set(key, state)
  }

  commit(head: Uint8Array): void {
    this.head = head
  }
}
