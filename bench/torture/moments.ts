/** When to kill: drawn so that death comes everywhere, also during the start, in a checkpoint and right at the end. */
import { statSync, watch } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

/** What is known of the process that is going to be killed. */
export interface Victim {
  /** The output file, and how many bytes it has in the end. */
  readonly output: string
  readonly bytes: number
  /** The folder in which the model is saved. */
  readonly models: string
  /** Milliseconds from the start of a process to its first output. */
  readonly start: number
  /** Whether it has ended by itself. */
  ended(): boolean
}

/** Resolves when it is time. */
export type Moment = (victim: Victim) => Promise<void>

/** Looks at the output so often, in milliseconds. */
const LOOK = 3
/** How long to wait, at most, for output that should come, in milliseconds. */
const PATIENCE = 5000
/** A checkpoint takes some milliseconds: one kill in a few comes in each of its steps. */
const CHECKPOINT = 12
/** The share of kills that come at the end of the stream, and how near to it, as a share of the output. */
const LAST_KILLS = 0.06
const NEAR = 0.01
/** The share of these that come once everything is written: in the last checkpoint, or while the process ends. */
const AFTER_ALL = 0.6

/** Resolves when the process has written up to `share` of the whole output: what stood there before does not count. */
async function written(victim: Victim, share: number): Promise<void> {
  const look = () => statSync(victim.output, { throwIfNoEntry: false })
  const before = look()?.mtimeMs ?? 0
  const until = performance.now() + PATIENCE
  for (;;) {
    const now = look()
    if (now && now.mtimeMs !== before && now.size >= share * victim.bytes) return
    if (victim.ended() || performance.now() > until) return
    await sleep(LOOK)
  }
}

/** Resolves when something happens in the folder of the model: a temporary file has come into being, or been renamed. */
async function checkpointing(victim: Victim): Promise<void> {
  const aborter = new AbortController()
  const happens = new Promise<void>(resolve =>
    watch(victim.models, { signal: aborter.signal }, () => resolve()),
  )
  await Promise.race([happens, sleep(PATIENCE / 10)])
  aborter.abort()
}

/** While a process starts: it has loaded little or much of its program, its model, its place in the input. */
export const starting =
  (chance: number): Moment =>
  victim =>
    sleep(1.2 * chance * victim.start).then(() => {})

/** Shortly before or after the last output. */
const ending =
  (kind: number, chance: number): Moment =>
  async victim => {
    await written(victim, kind < AFTER_ALL ? 1 : 1 - NEAR * chance)
    await sleep(20 * chance)
  }

/**
 * The moment of a kill.
 * @param number of kills that have been; their share is the share of the output that has to be there
 * @param kills in all, of which the last few come at the end of the stream
 */
export function drawMoment(number: number, kills: number, uniform: () => number): Moment {
  const kind = uniform()
  const chance = uniform()
  const done = number / kills
  if (number >= kills - Math.ceil(LAST_KILLS * kills)) return ending(kind, chance)
  if (kind < 0.15) return starting(chance)
  return async victim => {
    await written(victim, done)
    if (kind < 0.7) return void (await sleep(60 * chance))
    await checkpointing(victim)
    await sleep(CHECKPOINT * chance)
  }
}
