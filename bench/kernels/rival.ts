/** Others that do CD-1, timed in turn with `rbm/cd1`. */
import type { Contestant } from './contestant.ts'
import type { Problem } from './problem.ts'
import { TIMED_RATE } from './rbm-product.ts'

export type Parameters = Pick<Problem, 'w' | 'b' | 'c'>

export interface Rival {
  /** Never changed, as names of kernels. */
  readonly name: string
  /** Of the library that it stands for. */
  readonly version: string
  /** Does it do CD-1 with the means of the visible units, so that the float64 reference can check it? */
  readonly comparable: boolean
  /** Take over parameters and rows. */
  load(problem: Problem): Promise<void>
  /** One update from each of `count` rows in turn, from the first again after the last; microseconds it took. */
  learn(count: number, rate: number): Promise<number>
  parameters(): Promise<Parameters>
  close(): void
}

/** Takes part in turns; an example is an update. */
export const learning = (rival: Rival): Contestant => ({
  label: rival.name,
  async turn(warm, count) {
    await rival.learn(warm, TIMED_RATE)
    return (await rival.learn(count, TIMED_RATE)) / count
  },
})
