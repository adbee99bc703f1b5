/** A promise, what was measured of it, and whether it is kept. */

/** One promise and what became of it. */
export interface Finding {
  readonly what: string
  readonly figure: number
  /** The figure that keeps the promise, barely. */
  readonly goal: number
  /** Whether the goal is the least that will do, as unless said otherwise, or the most. */
  readonly bound?: 'least' | 'most'
}

/** Print it with its verdict; whether it is kept. */
export function print({ what, figure, goal, bound = 'least' }: Finding): boolean {
  const kept = bound === 'least' ? figure >= goal : figure <= goal
  console.log(`${kept ? 'kept  ' : 'BROKEN'} ${what}: ${figure.toFixed(4)}, goal at ${bound} ${goal}`)
  return kept
}
