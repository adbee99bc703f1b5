/** A Node with one of the two binaries: a process that runs the kernels. */
import { fileURLToPath } from 'node:url'
import type { Contestant } from './contestant.ts'
import type { Machine } from './machine.ts'
import { Talk } from './talk.ts'
import type { Request } from './worker.ts'

export type Target = 'plain' | 'relaxed'

const worker = fileURLToPath(new URL('worker.ts', import.meta.url))

export class Engine {
  readonly node: string
  readonly target: Target
  readonly #talk: Talk

  private constructor(talk: Talk, node: string, target: Target) {
    this.#talk = talk
    this.node = node
    this.target = target
  }

  /** Start one; undefined where that Node has no relaxed SIMD. */
  static async start(executable: string, target: Target): Promise<Engine | undefined> {
    const talk = new Talk(executable, executable, ['--import', import.meta.resolve('tsx'), worker, target])
    try {
      const { node, runs } = await ask<{ node: string; runs: boolean }>(talk, { do: 'about' })
      if (runs) return new Engine(talk, node, target)
    } catch (error) {
      talk.end()
      throw error
    }
    talk.end()
    return undefined
  }

  get label(): string {
    return `Node ${this.node.replace(/^v(\d+).*/, '$1')} ${this.target}`
  }

  /** Throws when a kernel is not what its oracle says. */
  async check(kernel: string, size: string): Promise<void> {
    const error = Number(await ask<string>(this.#talk, { do: 'check', kernel, size }))
    checkAgreement(error, `${kernel} at ${size} on ${this.label}`)
  }

  async open(kernel: string, size: string): Promise<Contestant> {
    const opened = await ask<number>(this.#talk, { do: 'open', kernel, size })
    return {
      label: `${kernel}, ${this.label}`,
      turn: (warm, count) => ask<number>(this.#talk, { do: 'turn', opened, warm, count }),
    }
  }

  /** The processor as this engine sees it, by a module of compiled assembly/machine.ts. */
  machine(module: string): Machine {
    return {
      label: this.label,
      exercise: (what, count) => ask<number>(this.#talk, { do: 'exercise', module, what, count }),
      end: () => {},
    }
  }

  async releaseAll(): Promise<void> {
    await ask(this.#talk, { do: 'release' })
  }

  end(): void {
    this.#talk.end()
  }
}

/** Throws when the error is more than one tolerance, or is no number. */
export function checkAgreement(error: number, what: string): void {
  if (error <= 1) return
  throw new Error(`Expected ${what} to agree with its float64 oracle, got ${error} tolerances off.`)
}

async function ask<Answer>(talk: Talk, request: Request): Promise<Answer> {
  return JSON.parse(await talk.ask(JSON.stringify(request))) as Answer
}
