/** What a product of products says about the groups of a row: of those that several members look at, by their summed energies. */
import { LARGEST_ENERGY } from '../bounds.ts'
import type { Product, Row } from '../experts/product.ts'
import { asValue } from '../rows.ts'
import { isMissing } from '../transitions/groups.ts'
import { aroundSuggestions, likeliest, stateProbabilities, surpriseOfStates } from '../transitions/states.ts'
import type { Columns, SharedGroup } from './columns.ts'

/** Rows are checked by whoever asks. */
export class Answers {
  readonly #members: readonly Product[]
  readonly #layout: Columns

  constructor(members: readonly Product[], layout: Columns) {
    this.#members = members
    this.#layout = layout
  }

  surprise(row: Row): Float32Array {
    const alone = new Map<number, Float32Array>()
    return Float32Array.from(this.#layout.groups, group => {
      const [{ member, group: own }] = group.views
      if (group.views.length > 1) return this.#surpriseOf(row, group)
      if (!alone.has(member)) alone.set(member, this.#members[member].surprise(this.#rowOf(member, row)))
      return alone.get(member)?.[own] ?? Number.NaN
    })
  }

  /**
   * Each group in turn at what all others suggest, `steps` times; values that one member alone looks at as it
   * reconstructs them.
   */
  reconstruct(row: Row, steps: number): Float32Array {
    const out = row.slice()
    for (const [m, member] of this.#members.entries()) {
      const own = member.reconstruct(this.#rowOf(m, row), steps)
      for (const { views, start, values, ...group } of this.#layout.groups) {
        const view = views.find(({ member }) => member === m)
        if (!view || (views.length > 1 && !isMissing(out, { start, values, ...group }))) continue
        out.set(own.subarray(view.start, view.start + values), start)
      }
    }
    for (let step = 0; step < steps; step++)
      for (const group of this.#layout.groups) if (group.views.length > 1) this.#putConditional(out, group)
    return out
  }

  /** What a member sees of a row. */
  #rowOf(m: number, row: ArrayLike<number>, at = 0): Row {
    const columns = this.#layout.columns[m]
    const own = new Float32Array(columns.length)
    for (let i = 0; i < own.length; i++) own[i] = asValue(row[at + columns[i]])
    return own
  }

  /** F of those members alone that look at a group: all others are the same whatever its state. */
  #energyAround({ views }: SharedGroup): (row: Float64Array) => number {
    return row =>
      views.reduce((sum, { member }) => sum + this.#members[member].freeEnergy(this.#rowOf(member, row)), 0)
  }

  #surpriseOf(row: Row, group: SharedGroup): number {
    if (isMissing(row, group)) return Number.NaN
    const state = Float64Array.from(row)
    const energy = this.#energyAround(group)
    if (group.states > 0) return surpriseOfStates(stateProbabilities(energy, state, group), row, group)
    const above = energy(state) - this.#mode(row, group).energy
    return Math.min(LARGEST_ENERGY, Math.max(0, above))
  }

  conditional(row: Row, group: SharedGroup): Float32Array {
    const [{ member, group: own }] = group.views
    if (group.views.length === 1) return this.#members[member].conditional(this.#rowOf(member, row), own)
    if (group.states === 0) return Float32Array.of(this.#mode(row, group).value)
    const masses = stateProbabilities(this.#energyAround(group), Float64Array.from(row), group)
    return Float32Array.from(group.kind === 'bernoulli' ? masses.subarray(1) : masses)
  }

  /** The likeliest value of a real unit: between what members suggest, unless they see several likely ones. */
  #mode(row: Row, group: SharedGroup): { value: number; energy: number } {
    const suggested = group.views.map(
      ({ member, group: own }) => this.#members[member].conditional(this.#rowOf(member, row), own)[0],
    )
    if (!isMissing(row, group)) suggested.push(row[group.start])
    return likeliest(
      this.#energyAround(group),
      Float64Array.from(row),
      group.start,
      aroundSuggestions(suggested),
    )
  }

  #putConditional(row: Row, group: SharedGroup): void {
    const means = this.conditional(row, group)
    const isState = group.kind === 'index' || group.kind === 'count'
    if (isState) row[group.start] = means.indexOf(means.reduce((most, mean) => Math.max(most, mean), 0))
    else row.set(means, group.start)
  }
}
