/** Which temperatures chains are led through from the base model, β = 0, to the product, β = 1. */
import { show } from '../errors.ts'

/** The parts of the path of Salakhutdinov and Murray (2008, section 4): up to where, and how much of the steps. */
const PARTS = [
  { to: 0.5, steps: 500 },
  { to: 0.9, steps: 4000 },
  { to: 1, steps: 10_000 },
] as const
const PAPER_STEPS = 14_500

/** β of step `step` of 14,500. */
function paperTemperature(step: number): number {
  let [from, first] = [0, 0]
  for (const { to, steps } of PARTS) {
    if (step <= first + steps) return from + ((to - from) * (step - first)) / steps
    ;[from, first] = [to, first + steps]
  }
  return 1
}

/**
 * K + 1 temperatures from 0 to 1, spaced as in Salakhutdinov and Murray (2008): a step of 1/1000 up to .5, 1/10,000 up to .9
 * and 1/100,000 from there on for K = 14,500, and proportionally wider or narrower ones for another K.
 */
export function annealingSchedule(steps: number): Float64Array {
  if (!Number.isInteger(steps) || steps < 1 || steps > 2 ** 24) {
    throw new RangeError(`Expected temperatures as a whole number from 1 to ${2 ** 24}, got ${show(steps)}.`)
  }
  return Float64Array.from({ length: steps + 1 }, (_, k) => paperTemperature((k * PAPER_STEPS) / steps))
}

/** A caller's own temperatures. Throws a RangeError unless they rise from 0 to 1. */
export function checkedSchedule(temperatures: ArrayLike<number>): Float64Array {
  const schedule = Float64Array.from(temperatures)
  const rises = schedule.every((beta, k) => k === 0 || beta > schedule[k - 1])
  if (schedule.length < 2 || schedule[0] !== 0 || schedule[schedule.length - 1] !== 1 || !rises) {
    throw new RangeError(
      'Expected temperatures that rise from 0, the base model, to 1, the product, got ' +
        `${schedule.length} from ${schedule[0]} to ${schedule[schedule.length - 1]}.`,
    )
  }
  return schedule
}
