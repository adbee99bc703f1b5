/** Kill -9 again and again: what was written in many lives has to be what one life writes. */
import { once } from 'node:events'
import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { uniforms } from '../../fixtures/random.ts'
import { type Appender, startAppending } from './appending.ts'
import type { Bar } from './bar.ts'
import { Case, endOf } from './case.ts'
import { drawMoment, type Moment, starting } from './moments.ts'
import type { Result } from './result.ts'
import type { Variant } from './variants.ts'
import { type Ending, lastWords, type Workshop } from './veto.ts'

export interface Scale {
  readonly kills: number
  readonly records: number
  readonly seed: number
}

/** Milliseconds that a life of a follower has beyond its start: it waits for what is appended. */
const LIFE_OF_FOLLOWER = 400
const LEAST_APPENDING = 3000
const MOST_ROTATIONS = 4
/** Lives between two rotations, at least. */
const LIVES = 3
/** A follower that has not written everything in so many milliseconds after the last of it was appended has lost some. */
const PATIENCE = 30_000

/** One life: until it is killed at its moment, or ends by itself before. */
async function live(torture: Case, checkpoint: number, start: number, moment: Moment) {
  const running = torture.resume(checkpoint)
  let ended = false
  const ending = endOf(running).finally(() => {
    ended = true
  })
  const victim = {
    output: torture.output.got,
    bytes: torture.sizes().expected,
    models: existsSync(join(torture.model.got, 'data.mdb')) ? torture.model.got : dirname(torture.model.got),
    start,
    ended: () => ended,
  }
  await Promise.race([moment(victim), ending])
  running.child.kill('SIGKILL')
  return ending
}

/** The last life, which nobody ends; a follower is told to stop when all is written. */
async function lastLife(torture: Case, checkpoint: number, appender: Appender | undefined): Promise<Ending> {
  const running = torture.resume(checkpoint)
  if (!appender) return endOf(running)
  // What it says where it goes on comes when the output has been cut to that place, and signals are listened to.
  const isUp = once(running.child.stderr as Readable, 'data')
  await Promise.race([Promise.all([appender.finished, isUp]), running.ending])
  const until = performance.now() + PATIENCE
  while (performance.now() < until && running.child.exitCode === null) {
    const { got, expected } = torture.sizes()
    if (got >= expected) break
    await sleep(20)
  }
  running.child.kill('SIGTERM')
  return endOf(running)
}

/** What a killed process leaves when it dies while it saves. */
const temporaries = (torture: Case) =>
  readdirSync(dirname(torture.model.got)).filter(name => name.endsWith('.tmp')).length

/** Where death came, counted. */
class Deaths {
  all = 0
  #starting = 0
  #saving = 0
  #atTheEnd = 0

  /** @param written bytes of output when the life began */
  count(torture: Case, written: number): void {
    const { got, expected } = torture.sizes()
    this.all++
    if (got <= written) this.#starting++
    if (temporaries(torture) > 0) this.#saving++
    if (got >= expected && written < got) this.#atTheEnd++
  }

  toString(): string {
    return `${this.#starting} before any output, ${this.#saving} while saving, ${this.#atTheEnd} after all output`
  }
}

/** A process that appends from now on to a file that has been found: before that, a rotated one is none of the log. */
async function appendingTo(
  torture: Case,
  checkpoint: number,
  start: number,
  { kills, seed }: Scale,
): Promise<Appender> {
  writeFileSync(torture.growing, '')
  const isThere = async () => {
    while (!existsSync(torture.model.got)) await sleep(5)
  }
  await live(torture, checkpoint, start, isThere)
  return startAppending(torture.input, torture.growing, {
    milliseconds: Math.max(LEAST_APPENDING, kills * (start + LIFE_OF_FOLLOWER)),
    rotations: Math.min(MOST_ROTATIONS, Math.ceil(kills / LIVES)),
    seed,
    by: torture.variant.source === 'copied' ? 'copy' : 'rename',
  })
}

/** Kill one kind of command so many times, then let it end, and compare. */
export async function killRepeatedly(
  shop: Workshop,
  variant: Variant,
  { kills, records, seed }: Scale,
  bar: Bar,
): Promise<Result> {
  const torture = new Case(shop, variant)
  const start = await torture.prepare(records, seed)
  const checkpoint = Math.max(20, Math.floor(records / kills / 2))
  const following = variant.source !== 'file'
  const appender = following
    ? await appendingTo(torture, checkpoint, start, { kills, records, seed })
    : undefined
  const uniform = uniforms(seed)
  const problems: string[] = []
  const deaths = new Deaths()
  // A life that reached the end of the stream was quicker than its killer; the next ones are killed as they start.
  let isThrough = false
  while (deaths.all < kills) {
    const written = torture.sizes().got
    const moment = isThrough ? starting(uniform()) : drawMoment(deaths.all, kills, uniform)
    const { code, messages } = await live(torture, checkpoint, start, moment)
    if (code === null) deaths.count(torture, written)
    else if (code !== 0 || following) {
      problems.push(`life ${deaths.all + 1} ended by itself with ${code}: ${lastWords(messages)}`)
      break
    } else isThrough = true
    bar.update(deaths.all)
  }
  const { code, messages } = await lastLife(torture, checkpoint, appender)
  if (code !== (following ? 143 : 0))
    problems.push(`the last life ended with ${code}: ${lastWords(messages)}`)
  appender?.stop()
  const left = temporaries(torture)
  if (left > 0) problems.push(`expected no temporary files of killed processes, got ${left}`)
  const note = `${records} records, a checkpoint every ${checkpoint}; ${deaths}`
  // A follower stands elsewhere in its files than a reader of them all: only what was learned has to be the same.
  const models = variant.model === 'folder' ? 'keys' : following ? 'content' : 'bytes'
  return torture.outcome(problems, { kills: deaths.all, note, models })
}
