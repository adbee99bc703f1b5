/** Which temperatures chains are led through from the base model, β = 0, to the product, β = 1. */
import { show } from '../errors.ts'

const MOST_STEPS = 2 ** 24

function checkSteps(steps: number): void {
  if (Number.isInteger(steps) && steps >= 1 && steps <= MOST_STEPS) return
  throw new RangeError(`Expected temperatures as a whole number from 1 to ${MOST_STEPS}, got ${show(steps)}.`)
}

/** K + 1 temperatures from 0 to 1, all as far apart. */
export function evenTemperatures(steps: number): Float64Array {
  checkSteps(steps)
  return Float64Array.from({ length: steps + 1 }, (_, k) => k / steps)
}

/** Up to where, and in how many steps of the 14,500. */
const PARTS = [
  { to: 0.5, steps: 500 },
  { to: 0.9, steps: 4000 },
  { to: 1, steps: 10_000 },
] as const
const PAPER_STEPS = 14_500

function paperTemperature(step: number): number {
  let [from, first] = [0, 0]
  for (const { to, steps } of PARTS) {
    if (step <= first + steps) return from + ((to - from) * (step - first)) / steps
    ;[from, first] = [to, first + steps]
  }
  return 1
}

/**
 * The temperatures of Salakhutdinov and Murray (2008, section 4): 500 steps up to .5, 4,000 up to .9 and 10,000 up to 1, or
 * as many as asked for in the same proportion; K + 1 numbers.
 */
export function paperTemperatures(steps = PAPER_STEPS): Float64Array {
  checkSteps(steps)
  return Float64Array.from({ length: steps + 1 }, (_, k) => paperTemperature((k * PAPER_STEPS) / steps))
}

/** A caller's own temperatures. Throws a TypeError for what is no list, and a RangeError unless they rise from 0 to 1. */
export function checkedTemperatures(temperatures: ArrayLike<number>): Float64Array {
  if (typeof Object(temperatures).length !== 'number') {
    throw new TypeError(`Expected temperatures as a number of steps or a list, got ${show(temperatures)}.`)
  }
  const checked = Float64Array.from(temperatures)
  const rises = checked.every((beta, k) => k === 0 || beta > checked[k - 1])
  if (checked.length < 2 || checked[0] !== 0 || checked[checked.length - 1] !== 1 || !rises) {
    throw new RangeError(
      'Expected temperatures that rise from 0, the base model, to 1, the product, got ' +
        `${checked.length} from ${checked[0]} to ${checked[checked.length - 1]}.`,
    )
  }
  return checked
}
