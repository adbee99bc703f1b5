/**
 * Hybrid (Hamiltonian) Monte Carlo on the real values of a row (Duane, Kennedy, Pendleton and Roweth 1987; Neal 1993):
 * momenta are drawn, energy is rolled along by leapfrog steps, and the end is accepted by Metropolis' rule, so that the
 * density e^−F stays as it is whatever the step.
 */
import { exp } from '../elementary.ts'
import type { Random } from '../random.ts'
import { fillNormals } from './normal.ts'
import type { Energy } from './states.ts'

/** What is walked on. */
export interface Landscape {
  /** F of a row, in nats. */
  readonly energy: Energy
  /** ∂F/∂v of a row, into `out`; D numbers. */
  gradient(row: Float64Array, out: Float64Array): void
}

/** Acceptance that the step is adapted to: the middle of what is efficient, .65 to .9 (Neal 2011, section 5.4.3). */
const TARGET = 0.8
/** How far one trajectory moves the step, per unit that its acceptance is off. */
const PACE = 0.05
const [SHORTEST, LONGEST] = [1e-9, 1e9]
/** Trajectories beyond it have left the world. */
const FARTHEST = 1e30

/** The step after a trajectory with this chance of acceptance. */
export function adapted(step: number, acceptance: number): number {
  return Math.min(LONGEST, Math.max(SHORTEST, step * (1 + PACE * (acceptance - TARGET))))
}

export class Hamiltonian {
  readonly #landscape: Landscape
  readonly #momentum: Float64Array
  readonly #slope: Float64Array
  readonly #place: Float64Array

  constructor(landscape: Landscape, width: number) {
    this.#landscape = landscape
    this.#momentum = new Float64Array(width)
    this.#slope = new Float64Array(width)
    this.#place = new Float64Array(width)
  }

  /**
   * One trajectory of `leaps` steps on the values `free` of the state, in place when it is accepted; the chance of that. The
   * step varies by a fifth from trajectory to trajectory, so that none closes to a circle.
   */
  move(state: Float64Array, free: Int32Array, step: number, leaps: number, random: Random): number {
    const momentum = this.#momentum
    fillNormals(random, momentum, free.length)
    const length = step * (0.8 + 0.4 * random.uniform())
    const chance = random.uniform()
    const start = this.#landscape.energy(state) + kinetic(momentum, free.length)
    if (!this.#roll(state, free, length, leaps)) return 0
    const end = this.#landscape.energy(this.#place) + kinetic(momentum, free.length)
    if (Number.isNaN(end) || end === Number.POSITIVE_INFINITY) return 0
    const acceptance = Number.isFinite(start) ? exp(Math.min(0, start - end)) : 1
    if (chance < acceptance) state.set(this.#place)
    return acceptance
  }

  /** Follow the momentum from the state; whether the end is a place. */
  #roll(state: Float64Array, free: Int32Array, length: number, leaps: number): boolean {
    const [place, slope, momentum] = [this.#place, this.#slope, this.#momentum]
    place.set(state)
    this.#landscape.gradient(place, slope)
    for (let leap = 0; leap <= leaps; leap++) {
      const share = leap === 0 || leap === leaps ? length / 2 : length
      for (let i = 0; i < free.length; i++) momentum[i] -= share * slope[free[i]]
      if (leap === leaps) return true
      for (let i = 0; i < free.length; i++) {
        const next = place[free[i]] + length * momentum[i]
        if (!(Math.abs(next) <= FARTHEST)) return false
        place[free[i]] = next
      }
      this.#landscape.gradient(place, slope)
    }
    return true
  }
}

function kinetic(momentum: Float64Array, count: number): number {
  let sum = 0
  for (let i = 0; i < count; i++) sum += momentum[i] * momentum[i]
  return sum / 2
}
