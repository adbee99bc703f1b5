/** What is fuzzed, and what is found. */
import type { Choice } from './choose.ts'

export interface Target {
  readonly name: string
  /** Inputs to begin with. */
  seeds(): Buffer[]
  /** Inputs after which V8 is asked what ran, 64 by default: it takes as long as several cheap ones. */
  readonly batch?: number
  /** What the format is made of. */
  readonly tokens: readonly string[]
  /**
   * Give the input to what is fuzzed. What the documentation says can happen, happens inside; whatever is thrown is found.
   * The same input does the same each time.
   */
  run(input: Buffer): void
  /** A mutation that knows the format; undefined when the input is not of it. */
  mutate?(input: Buffer, choice: Choice): Buffer | undefined
}

/** `crash`: something was thrown; `hang`: it took longer than a second; `memory`: it held on to too much. */
export type Kind = 'crash' | 'hang' | 'memory'

export interface Finding {
  readonly kind: Kind
  readonly input: Buffer
  readonly reason: string
}
