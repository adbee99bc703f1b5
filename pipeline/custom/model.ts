/** What a custom product computes with: its parameters behind checked callbacks, chains, and what rows lack filled in. */
import type { FamilyOptions, Row, VisibleGroup } from '../experts/product.ts'
import { Random } from '../random.ts'
import { type Group, groupsOf, isMissing, setState } from '../transitions/groups.ts'
import { fillNormals } from '../transitions/normal.ts'
import { likeliest, stateProbabilities } from '../transitions/states.ts'
import { widthOf } from '../visible.ts'
import { Callbacks } from './callbacks.ts'
import { type CustomDefinition, checkedParameters, type Parameters } from './definition.ts'
import { ColumnMoments } from './moments.ts'
import type { State } from './state.ts'
import { type Free, freeOf, Walker } from './walker.ts'

/** Where likely values are looked for: standard deviations around the mean. */
const GRID = [-8, -4, -2, -1.25, -0.5, 0, 0.5, 1.25, 2, 4, 8]

export const zerosLike = (parameters: Parameters): Record<string, Float64Array> =>
  Object.fromEntries(Object.entries(parameters).map(([name, { length }]) => [name, new Float64Array(length)]))

export class CustomModel {
  readonly width: number
  readonly visible: readonly VisibleGroup[]
  readonly options: Readonly<FamilyOptions>
  readonly groups: readonly Group[]
  readonly callbacks: Callbacks
  readonly walker: Walker
  /** All that may move when nothing is missing. */
  readonly everything: Free
  readonly state: State
  /** F of a complete row, in nats. */
  readonly energy: (row: Float64Array) => number

  /** `options` complete, `visible` checked. */
  constructor(definition: CustomDefinition, visible: readonly VisibleGroup[], options: FamilyOptions) {
    this.visible = visible.map(({ kind, size }) => ({ kind, size }))
    this.width = widthOf(visible)
    this.options = options
    this.groups = groupsOf(visible)
    const setting = { visible: this.visible, width: this.width, options }
    const seeds = new Random(Number(options.seed))
    const parameters = checkedParameters(
      definition.name,
      definition.parameters(setting, () => seeds.uniform()),
    )
    this.callbacks = new Callbacks(definition, setting)
    const landscape = {
      energy: (row: Float64Array) => -this.callbacks.logDensity(row, parameters),
      gradient: (row: Float64Array, out: Float64Array) => {
        this.callbacks.rowGradient(row, parameters, out)
        for (let i = 0; i < out.length; i++) out[i] = -out[i]
      },
    }
    this.walker = new Walker(landscape, this.width)
    this.everything = freeOf(this.groups)
    this.energy = landscape.energy
    this.state = {
      parameters,
      pending: zerosLike(parameters),
      moments: new ColumnMoments(this.width),
      chains: new Float64Array(Number(options.persistentChains) * this.width),
      learning: new Random(seeds.next()),
      sampling: new Random(seeds.next()),
      rows: 0,
      pendingRows: 0,
      step: Number(options.stepSize),
      acceptance: 0.8,
      chain: 0,
    }
    this.startChains(this.state.chains, this.state.learning)
  }

  /** A row with its missing groups at their means. */
  withMeans(row: Row): Float64Array {
    const state = new Float64Array(row)
    for (const group of this.groups) {
      if (!isMissing(row, group)) continue
      if (group.kind === 'real') state[group.start] = this.state.moments.mean(group.start)
      else setState(state, group, this.#usual(group))
    }
    return state
  }

  /** The state of a group that is usual, by the means of its columns. */
  #usual({ kind, start, values, states }: Group): number {
    const { moments } = this.state
    if (kind !== 'softmax') return Math.min(states - 1, Math.max(0, Math.round(moments.mean(start))))
    let best = 0
    for (let k = 1; k < values; k++) if (moments.mean(start + k) > moments.mean(start + best)) best = k
    return best
  }

  /**
   * A row with every missing group at its likeliest value: one visit to each in turn, the others being where
   * they usually are.
   */
  complete(row: Row): Float64Array {
    const state = this.withMeans(row)
    for (const group of this.groups) {
      if (!isMissing(row, group)) continue
      if (group.states === 0) state[group.start] = this.mode(state, group.start).value
      else setState(state, group, this.likeliestState(state, group))
    }
    return state
  }

  masses(state: Float64Array, group: Group): Float64Array {
    return stateProbabilities(this.energy, state, group)
  }

  likeliestState(state: Float64Array, group: Group): number {
    const masses = this.masses(state, group)
    return masses.indexOf(masses.reduce((most, mass) => Math.max(most, mass), 0))
  }

  /** Means in place of states; of a group in one value its likeliest state. */
  putMeans(state: Float64Array, group: Group): void {
    const masses = this.masses(state, group)
    if (group.kind === 'bernoulli') state[group.start] = masses[1]
    else if (group.kind === 'softmax') state.set(masses, group.start)
    else state[group.start] = masses.indexOf(masses.reduce((most, mass) => Math.max(most, mass), 0))
  }

  /** The likeliest value of a real unit, looked for around its mean and around where it is. */
  mode(state: Float64Array, at: number): { value: number; energy: number } {
    const { moments } = this.state
    const around = GRID.map(offset => moments.mean(at) + offset * moments.deviation(at))
    return likeliest(
      this.energy,
      state,
      at,
      [...around, state[at]].sort((a, b) => a - b),
    )
  }

  startChains(states: Float64Array, random: Random): void {
    const deviates = new Float64Array(this.width)
    for (let at = 0; at < states.length; at += this.width) {
      const state = states.subarray(at, at + this.width)
      fillNormals(random, deviates, this.width)
      for (const { kind, start, states: count, ...group } of this.groups) {
        const { moments } = this.state
        if (kind === 'real') state[start] = moments.mean(start) + moments.deviation(start) * deviates[start]
        else setState(state, { kind, start, states: count, ...group }, Math.floor(random.uniform() * count))
      }
    }
  }

  walkAll(states: Float64Array, sweeps: number, random: Random): void {
    const { step } = this.state
    for (let at = 0; at < states.length; at += this.width) {
      const state = states.subarray(at, at + this.width)
      for (let sweep = 0; sweep < sweeps; sweep++)
        this.walker.sweep(state, this.everything, step, Number(this.options.leapfrogSteps), random)
    }
  }
}
