/** One kind of command with its files: run once with nothing happening to it, and then as it is tortured. */
import { mkdirSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { compareOutputs } from './compare.ts'
import { type Comparison, differenceOfModels } from './models.ts'
import { type Result, resultOf } from './result.ts'
import { writeStream } from './stream.ts'
import type { Variant } from './variants.ts'
import { done, type Ending, type Running, type Workshop } from './veto.ts'

/** A process that does not end in so many milliseconds hangs. */
const LONGEST_LIFE = 600_000

export interface Places {
  readonly output?: string
  readonly model?: string
}

interface OutcomeOptions {
  readonly kills?: number
  readonly note?: string
  /** How models are compared. */
  readonly models?: Comparison
  readonly places?: Places
}

export class Case {
  readonly shop: Workshop
  readonly variant: Variant
  readonly folder: string
  readonly input: string
  /** The file that another process appends to. */
  readonly growing: string
  readonly output: { readonly expected: string; readonly got: string }
  /** Each in a folder of its own, in which nothing else happens. */
  readonly model: { readonly expected: string; readonly got: string }

  constructor(shop: Workshop, variant: Variant) {
    this.shop = shop
    this.variant = variant
    this.folder = shop.path(variant.name)
    const at = (...parts: string[]) => join(this.folder, ...parts)
    this.input = at(`stream.${variant.form === 'csv' ? 'csv' : 'ndjson'}`)
    this.growing = at('growing', 'stream.ndjson')
    this.output = { expected: at('expected.out'), got: at('got.out') }
    this.model = { expected: at('expected', 'model'), got: at('got', 'model') }
    for (const path of [this.growing, this.model.expected, this.model.got])
      mkdirSync(dirname(path), { recursive: true })
  }

  /** Write the stream and what a single life makes of it; milliseconds that a process takes to start. */
  async prepare(records: number, seed: number): Promise<number> {
    writeStream(this.input, this.variant.form, records, seed)
    const what = `the undisturbed run of ${this.variant.name}`
    const flags = this.#flags(this.output.expected, this.model.expected)
    await done(this.shop.run([...flags, this.input]), what)
    const one = join(this.folder, 'one.ndjson')
    writeStream(one, 'ndjson', 1, seed)
    const started = performance.now()
    await done(this.shop.run(['score', '--quiet', one]), 'a single record')
    return performance.now() - started
  }

  /** Start it, or go on where it was killed; `places` are where output and model are when not where they usually are. */
  resume(checkpoint: number, { output, model }: Places = {}): Running {
    const flags = this.#flags(output ?? this.output.got, model ?? this.model.got)
    const source = this.variant.source === 'file' ? [this.input] : ['--follow', this.growing]
    return this.shop.start([...flags, '--resume', '--checkpoint', String(checkpoint), ...source])
  }

  #flags(output: string, model: string): string[] {
    const { command, flags } = this.variant
    return [command, ...flags, '--ignore', 'id', '--model', model, '--output', output]
  }

  /** What became of output and model, once it has ended. */
  async outcome(
    problems: readonly string[],
    { kills = 0, note = '', models = 'bytes', places = {} }: OutcomeOptions = {},
  ): Promise<Result> {
    const { output = this.output.got, model = this.model.got } = places
    const difference = compareOutputs(this.output.expected, output)
    const otherModel = await differenceOfModels(this.model.expected, model, models)
    return resultOf(this.variant.name, difference, otherModel === '' ? problems : [...problems, otherModel], {
      kills,
      note,
    })
  }

  /** Bytes of the output so far, and of the output in the end. */
  sizes(): { got: number; expected: number } {
    const size = (path: string) => statSync(path, { throwIfNoEntry: false })?.size ?? 0
    return { got: size(this.output.got), expected: size(this.output.expected) }
  }
}

/** The ending of a process. @throws Error when it does not end; it is killed then */
export async function endOf({ child, ending }: Running): Promise<Ending> {
  let hangs = false
  const timer = setTimeout(() => {
    hangs = true
    child.kill('SIGKILL')
  }, LONGEST_LIFE)
  const { code, messages } = await ending
  clearTimeout(timer)
  if (hangs) throw new Error(`expected an end within ${LONGEST_LIFE / 1000} s, got none`)
  return { code, messages }
}
