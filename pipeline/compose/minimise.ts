/**
 * Limited-memory BFGS (Nocedal 1980; Liu and Nocedal 1989) for smooth functions that are convex: steps along the inverse of a
 * Hessian that the last few steps tell of, halved until the function falls as much as its slope promises.
 */

/** The value at `at`, and the gradient there, into `gradient`. */
export type Objective = (at: Float64Array, gradient: Float64Array) => number

export interface MinimiseOptions {
  /** Stop when no derivative is larger. */
  readonly tolerance: number
  readonly maxIterations: number
  /** Divide a direction, in place, by a curvature that is about that of the function. */
  readonly divide: (direction: Float64Array) => void
}

/** Steps that are remembered. */
const MEMORY = 10
/** Share of the fall that the slope promises which is enough (Armijo). */
const ENOUGH = 1e-4
const MOST_HALVINGS = 40

interface Step {
  readonly moved: Float64Array
  readonly turned: Float64Array
  readonly curvature: number
}

function dot(x: Float64Array, y: Float64Array): number {
  let sum = 0
  for (let i = 0; i < x.length; i++) sum += x[i] * y[i]
  return sum
}

function largest(x: Float64Array): number {
  let most = 0
  for (let i = 0; i < x.length; i++) most = Math.max(most, Math.abs(x[i]))
  return most
}

/** −H⁻¹ gradient by the two loops over what is remembered, the newest last. */
function directionOf(
  gradient: Float64Array,
  steps: readonly Step[],
  divide: MinimiseOptions['divide'],
): Float64Array {
  const direction = gradient.map(value => -value)
  const shares: number[] = []
  for (const { moved, turned, curvature } of steps.toReversed()) {
    const share = dot(moved, direction) / curvature
    shares.unshift(share)
    for (let i = 0; i < direction.length; i++) direction[i] -= share * turned[i]
  }
  divide(direction)
  const last = steps.at(-1)
  if (last) {
    const divided = last.turned.slice()
    divide(divided)
    const scale = last.curvature / dot(last.turned, divided)
    for (let i = 0; i < direction.length; i++) direction[i] *= scale
  }
  for (const [k, { moved, turned, curvature }] of steps.entries()) {
    const share = shares[k] - dot(turned, direction) / curvature
    for (let i = 0; i < direction.length; i++) direction[i] += share * moved[i]
  }
  return direction
}

/** Move `place` to where the function is least; whether no derivative is larger than the tolerance there. */
export function minimise(
  objective: Objective,
  place: Float64Array,
  { tolerance, maxIterations, divide }: MinimiseOptions,
): boolean {
  let gradient = new Float64Array(place.length)
  let value = objective(place, gradient)
  let steps: Step[] = []
  for (let n = 0; n < maxIterations; n++) {
    if (largest(gradient) <= tolerance) return true
    const direction = directionOf(gradient, steps, divide)
    const slope = dot(gradient, direction)
    const next = new Float64Array(place.length)
    const nextGradient = new Float64Array(place.length)
    let length = 1
    let found = Number.NaN
    for (let halving = 0; halving < MOST_HALVINGS; halving++) {
      for (let i = 0; i < place.length; i++) next[i] = place[i] + length * direction[i]
      found = objective(next, nextGradient)
      if (found <= value + ENOUGH * length * slope) break
      length /= 2
      found = Number.NaN
    }
    // Rounding is all that is left.
    if (Number.isNaN(found)) return false
    const moved = next.map((each, i) => each - place[i])
    const turned = nextGradient.map((each, i) => each - gradient[i])
    const curvature = dot(moved, turned)
    if (curvature > 0) steps = [...steps.slice(1 - MEMORY), { moved, turned, curvature }]
    place.set(next)
    value = found
    gradient = nextGradient
  }
  return largest(gradient) <= tolerance
}
