/**
 * Members that look at the same columns, and the chain that all of them reconstruct a row by. Where each of them has latent
 * variables, these are drawn given the row, and the row from the product of what they say (Hinton 2002, section 3: natural
 * parameters add up). Where one has none, real values follow the summed gradient by hybrid Monte Carlo, and units with
 * states are drawn given all others.
 */
import { DivergedError } from '../errors.ts'
import type { Product, Row } from '../experts/product.ts'
import type { Group } from '../transitions/groups.ts'
import { Hamiltonian } from '../transitions/hamiltonian.ts'
import { drawState } from '../transitions/states.ts'
import type { Columns } from './columns.ts'
import type { Generators } from './generators.ts'
import { add, drawVisible, nothing } from './natural.ts'

export class JointPart {
  readonly members: readonly Product[]
  /** Their numbers among all. */
  readonly indices: readonly number[]
  /** Its columns of the common row; n of them. */
  readonly columns: Int32Array
  /** Where in the part each value of a member stands. */
  readonly #places: readonly Int32Array[]
  readonly #groups: readonly Group[]
  readonly #reals: Int32Array
  readonly #rows: readonly Row[]
  readonly #hamiltonian: Hamiltonian
  readonly #isGibbs: boolean
  readonly #couples: boolean

  constructor(all: readonly Product[], indices: readonly number[], { columns, groups }: Columns) {
    this.indices = indices
    this.members = indices.map(index => all[index])
    this.columns = Int32Array.from(new Set(indices.flatMap(index => [...columns[index]]))).sort()
    const place = new Map(Array.from(this.columns, (column, i) => [column, i]))
    this.#places = indices.map(index => columns[index].map(column => place.get(column) ?? 0))
    this.#groups = groups.flatMap(({ views, ...group }) =>
      place.has(group.start) ? [{ ...group, start: place.get(group.start) ?? 0 }] : [],
    )
    this.#reals = Int32Array.from(this.#groups.flatMap(({ kind, start }) => (kind === 'real' ? [start] : [])))
    this.#rows = this.members.map(({ width }) => new Float32Array(width))
    this.#isGibbs =
      this.members.every(({ addConditional }) => addConditional) &&
      this.#groups.every(({ kind }) => kind !== 'index')
    this.#couples = this.columns.length > 1 && this.members.some(({ couples }) => couples)
    this.#hamiltonian = new Hamiltonian(
      { energy: state => this.#energy(state), gradient: (state, out) => this.#gradient(state, out) },
      this.columns.length,
    )
  }

  /** Of several states the one with the lowest energy. */
  likeliestOf(states: readonly Float64Array[]): Float64Array {
    const energies = states.map(state => this.#energy(state))
    const best = energies.reduce((best, energy, n) => (energy < energies[best] ? n : best), 0)
    return states[best]
  }

  /** Why it has no chain, or cannot learn by one; null when it can. */
  get trouble(): string | null {
    const unable = this.members.find(({ learnPair }) => !learnPair)
    if (unable) return `${unable.family} cannot learn from the reconstruction of others`
    return this.walkTrouble
  }

  get walkTrouble(): string | null {
    if (this.#isGibbs) return null
    const unable = this.members.find(
      ({ gradient, visible }) => !gradient && visible.some(({ kind }) => kind === 'real'),
    )
    const others = this.#groups.find(({ kind, states }) => kind !== 'real' && states === 0)
    if (others) return `nobody can draw ${others.kind}`
    const without = this.members.find(({ addConditional }) => !addConditional) ?? unable
    return unable
      ? `${unable.family} has no gradient, and ${without?.family ?? unable.family} no latent variables to draw values by`
      : null
  }

  /** Does it walk along a gradient, with a step to be adapted? */
  get hasStep(): boolean {
    return !this.#isGibbs && this.#reals.length > 0
  }

  /** One sweep, in place; the chance of acceptance of a trajectory, NaN where there was none. */
  sweep(state: Float64Array, generators: Generators, step: number, leaps: number): number {
    if (this.#isGibbs) {
      this.#gibbs(state, generators)
      return Number.NaN
    }
    const { own } = generators
    const acceptance = this.hasStep
      ? this.#hamiltonian.move(state, this.#reals, step, leaps, own)
      : Number.NaN
    for (const group of this.#groups)
      if (group.states > 0) drawState(this.#energyOf, state, group, own.uniform())
    return acceptance
  }

  /** One update of every member with this reconstruction. Rows of the part; `row` may lack values. */
  learnPair(row: ArrayLike<number>, reconstruction: ArrayLike<number>): void {
    for (const [m, member] of this.members.entries()) {
      const own = Float32Array.from(this.#places[m], place => row[place])
      member.learnPair?.(own, this.#rowOf(m, reconstruction))
    }
  }

  /** The values of a member, in its workspace. */
  #rowOf(m: number, state: ArrayLike<number>): Row {
    const [row, places] = [this.#rows[m], this.#places[m]]
    for (let i = 0; i < places.length; i++) row[i] = state[places[i]]
    return row
  }

  #gibbs(state: Float64Array, { words, own }: Generators): void {
    const natural = nothing(this.columns.length, this.#couples)
    for (const [m, member] of this.members.entries()) {
      const said = nothing(member.width, member.couples === true && member.width > 1)
      member.addConditional?.(this.#rowOf(m, state), said, words)
      add(natural, said, this.#places[m])
    }
    drawVisible(natural, this.#groups, state, own)
  }

  readonly #energyOf = (state: Float64Array) => this.#energy(state)

  /** ΣF; NaN where a member has no answer. */
  #energy(state: Float64Array): number {
    return orNothing(
      () => this.members.reduce((sum, member, m) => sum + member.freeEnergy(this.#rowOf(m, state)), 0),
      Number.NaN,
    )
  }

  #gradient(state: Float64Array, out: Float64Array): void {
    out.fill(0)
    for (const [m, member] of this.members.entries()) {
      const slope = orNothing(() => member.gradient?.(this.#rowOf(m, state)), null)
      const places = this.#places[m]
      // One that has no gradient has no real values; one that has no answer ends the trajectory.
      if (slope === null) out.fill(Number.NaN)
      else if (slope) for (let i = 0; i < places.length; i++) out[places[i]] += slope[i]
    }
  }
}

/** What a member answers; `instead` where its parameters give no number, or the place is beyond single precision. */
function orNothing<T, U>(ask: () => T, instead: U): T | U {
  try {
    return ask()
  } catch (error) {
    if (error instanceof DivergedError || error instanceof RangeError) return instead
    throw error
  }
}
