/** A logarithmic opinion pool of products: q(x) ∝ Π_m Q_m(x)^w_m, Σ w_m = 1 (Genest and Zidek 1986; Hinton 2002, eq. 12). */
import { LARGEST_ENERGY } from '../bounds.ts'
import type { Product, Row, Rows, VisibleGroup } from '../experts/product.ts'
import { asValue, checkGroup, checkRow, checkRows, eachRow } from '../rows.ts'
import { type Group, groupsOf, isMissing } from '../transitions/groups.ts'
import { aroundSuggestions, likeliest, stateProbabilities, surpriseOfStates } from '../transitions/states.ts'
import { completeWeights } from './weights.ts'

export class ProductPool {
  readonly members: readonly Product[]
  readonly weights: readonly number[]
  readonly width: number
  readonly visible: readonly VisibleGroup[]
  readonly #groups: readonly Group[]

  constructor(members: readonly Product[], weights?: readonly number[]) {
    this.members = members
    this.weights = completeWeights(members.length, weights)
    const [{ visible, width }] = members
    this.#groups = groupsOf(visible)
    const own = JSON.stringify(this.#groups)
    const other = members.find(member => JSON.stringify(groupsOf(member.visible)) !== own)
    if (other) {
      throw new RangeError(
        `Expected members over the same visible layer, got ${members[0].family} and ${other.family} over others; pool ` +
          'detectors, each of which encodes records for itself.',
      )
    }
    this.visible = visible
    this.width = width
  }

  /** Σ w_m F_m(row), in nats: −log q up to Σ w_m log Z_m + log Z. Pure. */
  freeEnergy(row: Row): number {
    checkRow(row, this.width, this.visible)
    return this.members.reduce((sum, member, m) => sum + this.weights[m] * this.#energyOf(member, m, row), 0)
  }

  /** `freeEnergy` of each row; B numbers. */
  freeEnergies(rows: Rows): Float32Array {
    checkRows(rows, this.width)
    const energies = new Float32Array(rows.length / this.width)
    let n = 0
    eachRow(rows, this.width, row => {
      energies[n++] = this.freeEnergy(row)
    })
    return energies
  }

  /** −log q(x_g | x_−g) for each group, in nats, relative to the likeliest value of a real unit; NaN where it is missing. */
  surprise(row: Row): Float32Array {
    checkRow(row, this.width, this.visible)
    const state = Float64Array.from(row)
    return Float32Array.from(this.#groups, (group, number) => {
      if (isMissing(row, group)) return Number.NaN
      if (group.states > 0)
        return surpriseOfStates(stateProbabilities(this.#energy, state, group), row, group)
      if (group.kind !== 'real') return Number.NaN
      const above = this.#energy(state) - this.#mode(row, number, group.start).energy
      return Math.min(LARGEST_ENERGY, Math.max(0, above))
    })
  }

  /** q(x_g | x_−g) of a group with states; of a real unit its likeliest value. */
  conditional(row: Row, group: number): Float32Array {
    checkGroup(group, this.#groups.length)
    checkRow(row, this.width, this.visible)
    const asked = this.#groups[group]
    if (asked.kind === 'real') return Float32Array.of(this.#mode(row, group, asked.start).value)
    if (asked.states === 0) {
      throw new RangeError(`Expected a group whose states can be enumerated, got ${asked.kind}.`)
    }
    const masses = stateProbabilities(this.#energy, Float64Array.from(row), asked)
    return Float32Array.from(asked.kind === 'bernoulli' ? masses.subarray(1) : masses)
  }

  /** A member without weight is not asked: it may have no answer. */
  #energyOf(member: Product, m: number, row: Row): number {
    return this.weights[m] > 0 ? member.freeEnergy(row) : 0
  }

  readonly #energy = (state: Float64Array) => this.freeEnergy(Float32Array.from(state, asValue))

  #mode(row: Row, group: number, at: number): { value: number; energy: number } {
    const suggested = this.members.map(member => member.conditional(row, group)[0])
    if (!Number.isNaN(row[at])) suggested.push(row[at])
    return likeliest(this.#energy, Float64Array.from(row), at, aroundSuggestions(suggested))
  }
}
