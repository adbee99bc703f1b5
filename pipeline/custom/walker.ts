/** One sweep of the chain that reconstructions come from: a trajectory of the real values, a draw of every other group. */
import type { Random } from '../random.ts'
import { type Group, isMissing } from '../transitions/groups.ts'
import { Hamiltonian, type Landscape } from '../transitions/hamiltonian.ts'
import { drawState } from '../transitions/states.ts'

/** What of a row may move: what is missing is clamped. */
export interface Free {
  readonly reals: Int32Array
  readonly others: readonly Group[]
}

export function freeOf(groups: readonly Group[], row?: ArrayLike<number>): Free {
  const free = row ? groups.filter(group => !isMissing(row, group)) : groups
  return {
    reals: Int32Array.from(free.flatMap(({ kind, start }) => (kind === 'real' ? [start] : []))),
    others: free.filter(({ states }) => states > 0),
  }
}

export class Walker {
  readonly #landscape: Landscape
  readonly #hamiltonian: Hamiltonian

  constructor(landscape: Landscape, width: number) {
    this.#landscape = landscape
    this.#hamiltonian = new Hamiltonian(landscape, width)
  }

  /** In place; the chance of acceptance of the trajectory, NaN where there was none. */
  sweep(state: Float64Array, { reals, others }: Free, step: number, leaps: number, random: Random): number {
    const acceptance =
      reals.length > 0 ? this.#hamiltonian.move(state, reals, step, leaps, random) : Number.NaN
    for (const group of others) drawState(this.#landscape.energy, state, group, random.uniform())
    return acceptance
  }
}
