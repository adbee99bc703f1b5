/** Everyone in turn, in short turns: what slows the machine down for a second slows everyone. */
import type { Contestant } from './contestant.ts'

export interface Pace {
  /** Turns that everyone takes. */
  readonly rounds: number
  /** Length of a turn; short turns are seldom interrupted. */
  readonly milliseconds: number
}

/** Engines compile in the background what has run for a while. */
const WARM_MILLISECONDS = 60

/** How many examples make a turn; the contestant is warm afterwards. */
async function turnLength(contestant: Contestant, milliseconds: number): Promise<number> {
  const started = performance.now()
  for (let count = 1; ; count *= 2) {
    const each = await contestant.turn(1, count)
    const long = each * count >= 500 * milliseconds
    if (long && performance.now() - started >= WARM_MILLISECONDS)
      return Math.max(1, Math.round((1000 * milliseconds) / each))
    if (long) count /= 2
  }
}

/** Everyone's microseconds an example, a number a round. `onRound` is told how many rounds are done. */
export async function race(
  contestants: readonly Contestant[],
  { rounds, milliseconds }: Pace,
  onRound: (done: number) => void = () => {},
): Promise<Map<Contestant, number[]>> {
  const counts = new Map<Contestant, number>()
  for (const contestant of contestants) counts.set(contestant, await turnLength(contestant, milliseconds))
  const times = new Map(contestants.map(contestant => [contestant, [] as number[]]))
  for (let round = 0; round < rounds; round++) {
    for (const [contestant, count] of counts)
      times.get(contestant)!.push(await contestant.turn(Math.ceil(count / 8), count))
    onRound(round + 1)
  }
  return times
}
