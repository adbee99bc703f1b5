/**
 * Mutates inputs of a corpus and keeps those that reach code which none before them has reached (Zalewski's AFL, with
 * V8's block coverage in place of its own). Coverage is taken once a batch; the inputs of a batch that reached something
 * are run again by halves.
 */
import { Choice } from './choose.ts'
import type { Coverage } from './coverage.ts'
import { LONGEST, mutated } from './mutate.ts'
import type { Finding, Target } from './target.ts'

const BATCH = 64
/** Milliseconds of the processor that an input may take, the best of three times. */
const PATIENCE = 1000
/** Bytes by which a batch may leave the process larger. */
const GROWTH = 256 << 20
/** How often a mutation knows the format, where there is one that does. */
const STRUCTURED = 0.4

export interface Progress {
  readonly inputs: number
  readonly corpus: number
  /** Largest resident size of the process, in bytes. */
  readonly peak: number
}

export class Fuzzer {
  readonly #target: Target
  readonly #coverage: Coverage
  readonly #choice: Choice
  readonly #tokens: readonly Buffer[]
  readonly #corpus: Buffer[] = []
  readonly #onBatch: (inputs: readonly Buffer[]) => void
  readonly #findings = new Map<string, Finding>()
  readonly #longest: number
  #inputs = 0
  #peak = 0

  /** @param onBatch called before a batch is run, from which the process may not come back */
  constructor(
    target: Target,
    coverage: Coverage,
    seed: number,
    onBatch: (inputs: readonly Buffer[]) => void = () => {},
  ) {
    this.#target = target
    this.#coverage = coverage
    this.#choice = new Choice(seed)
    this.#tokens = target.tokens.map(token => Buffer.from(token))
    this.#onBatch = onBatch
    coverage.skip()
    const seeds = target.seeds()
    this.#longest = Math.max(LONGEST, ...seeds.map(({ length }) => length))
    onBatch(seeds)
    for (const input of seeds) {
      this.#try(input)
      coverage.take()
      coverage.learn()
      this.#corpus.push(input)
    }
  }

  get progress(): Progress {
    return { inputs: this.#inputs, corpus: this.#corpus.length, peak: this.#peak }
  }

  /** What was found, one for each reason. */
  get findings(): readonly Finding[] {
    return [...this.#findings.values()]
  }

  /** Run one batch. */
  step(): void {
    const batch = Array.from({ length: this.#target.batch ?? BATCH }, () => this.#next())
    this.#onBatch(batch)
    const before = process.memoryUsage.rss()
    for (const input of batch) this.#try(input)
    const after = process.memoryUsage.rss()
    this.#peak = Math.max(this.#peak, after)
    if (after - before > GROWTH) this.#findHolder(batch)
    if (this.#coverage.take() > 0) this.#keepNew(batch)
  }

  #next(): Buffer {
    const choice = this.#choice
    // Newer inputs, which reached what is rare, more often.
    const index = this.#corpus.length - choice.few(this.#corpus.length)
    const input = this.#corpus[index]
    if (this.#target.mutate && choice.chance(STRUCTURED)) {
      const structured = this.#target.mutate(input, choice)
      if (structured) return structured
    }
    return mutated(input, { choice, other: choice.of(this.#corpus), tokens: this.#tokens })
  }

  #try(input: Buffer): void {
    this.#inputs++
    try {
      if (this.#timeOf(input) < PATIENCE) return
      // What takes time takes it again.
      if (this.#timeOf(input) < PATIENCE || this.#timeOf(input) < PATIENCE) return
      this.#found({ kind: 'hang', input, reason: `took longer than ${PATIENCE} ms` })
    } catch (error) {
      const reason = error instanceof Error ? (error.stack ?? error.message) : String(error)
      this.#found({ kind: 'crash', input, reason })
    }
  }

  #timeOf(input: Buffer): number {
    const started = process.cpuUsage()
    this.#target.run(input)
    const { user, system } = process.cpuUsage(started)
    return (user + system) / 1000
  }

  #found(finding: Finding): void {
    // The place where it was thrown tells findings apart; messages quote the input.
    const place = finding.reason.match(/\n\s+at .*\n?.*/)?.[0] ?? finding.reason
    const key = `${finding.kind} ${place}`
    const known = this.#findings.get(key)
    if (!known || finding.input.length < known.input.length) this.#findings.set(key, finding)
  }

  #findHolder(batch: readonly Buffer[]): void {
    for (const input of batch) {
      const before = process.memoryUsage.rss()
      this.#try(input)
      const growth = process.memoryUsage.rss() - before
      if (growth > GROWTH) this.#found({ kind: 'memory', input, reason: `grew by ${growth >> 20} MB` })
    }
  }

  /** Of inputs that reached something new together, those that do alone. Asking V8 takes longer than running them. */
  #keepNew(batch: readonly Buffer[]): void {
    if (batch.length === 1) {
      if (batch[0].length <= this.#longest) this.#corpus.push(batch[0])
      this.#coverage.learn()
      return
    }
    const middle = batch.length >> 1
    for (const half of [batch.slice(0, middle), batch.slice(middle)]) {
      for (const input of half) this.#again(input)
      if (this.#coverage.take() > 0) this.#keepNew(half)
    }
  }

  #again(input: Buffer): void {
    try {
      this.#target.run(input)
    } catch {
      // It was found when it was run for the first time.
    }
  }
}
