/** A promise, what was measured of it, and whether it is kept. */

/** One promise and what became of it. */
export interface Finding {
  readonly what: string
  /** NaN where it could not be measured, which keeps no promise. */
  readonly figure: number
  /** The figure that keeps the promise, barely. */
  readonly goal: number
  /** Whether the goal is the least that will do, as unless said otherwise, or the most. */
  readonly bound?: 'least' | 'most'
}

/** Four decimals, or two digits of what has none of them. */
const shown = (figure: number) =>
  figure !== 0 && Math.abs(figure) < 0.001 ? figure.toExponential(1) : figure.toFixed(4)

/** Print it with its verdict; whether it is kept. */
export function print({ what, figure, goal, bound = 'least' }: Finding): boolean {
  const kept = bound === 'least' ? figure >= goal : figure <= goal
  const found = Number.isNaN(figure) ? 'not measured' : shown(figure)
  console.log(`${kept ? 'kept  ' : 'BROKEN'} ${what}: ${found}, goal at ${bound} ${goal}`)
  return kept
}
