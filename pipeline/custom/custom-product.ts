/** A product of experts whose energy the user gives: the same interface and the same learning as those of kernels. */
import { LARGEST_ENERGY } from '../bounds.ts'
import type { FamilyOptions, Product, Row, Rows, Tensors, VisibleGroup } from '../experts/product.ts'
import { Random } from '../random.ts'
import { checkComplete, checkCount, checkGroup, checkRow, checkRows, eachRow } from '../rows.ts'
import { isMissing } from '../transitions/groups.ts'
import { surpriseOfStates } from '../transitions/states.ts'
import type { CustomDefinition } from './definition.ts'
import { Learner } from './learner.ts'
import { CustomModel } from './model.ts'
import { readState, writeState } from './state.ts'

export class CustomProduct implements Product {
  readonly family: string
  readonly width: number
  readonly visible: readonly VisibleGroup[]
  readonly options: Readonly<FamilyOptions>
  readonly #own: CustomModel
  readonly #learner: Learner
  #isReleased = false

  /** `options` complete, `visible` checked. */
  constructor(definition: CustomDefinition, visible: readonly VisibleGroup[], options: FamilyOptions) {
    this.family = definition.name
    this.#own = new CustomModel(definition, visible, options)
    this.#learner = new Learner(this.#own)
    this.visible = this.#own.visible
    this.width = this.#own.width
    this.options = options
  }

  /** The share of trajectories that were accepted of late, about the last hundred. */
  get acceptance(): number {
    return this.#own.state.acceptance
  }

  initialise(rows: Rows): void {
    this.#checkAlive()
    eachRow(rows, this.width, (row, of) => checkRow(row, this.width, this.visible, of))
    eachRow(rows, this.width, row => this.#own.state.moments.add(row))
    const complete: Float64Array[] = []
    eachRow(rows, this.width, row => complete.push(this.#own.withMeans(row)))
    this.#own.callbacks.initialise(complete, this.#own.state.parameters)
    const { chains } = this.#own.state
    for (let at = 0, n = 0; at < chains.length && complete.length > 0; at += this.width, n++)
      chains.set(complete[n % complete.length], at)
  }

  freeEnergy(row: Row): number {
    const complete = this.#complete(row)
    const energy = -this.#own.callbacks.finiteLogDensity(complete, this.#own.state.parameters)
    return Math.min(LARGEST_ENERGY, Math.max(-LARGEST_ENERGY, energy))
  }

  freeEnergies(rows: Rows): Float32Array {
    this.#checkAlive()
    checkRows(rows, this.width)
    const energies = new Float32Array(rows.length / this.width)
    let n = 0
    eachRow(rows, this.width, (row, of) => {
      checkRow(row, this.width, this.visible, of)
      energies[n++] = this.freeEnergy(row)
    })
    return energies
  }

  learnOne(row: Row): void {
    this.#learner.learnOne(row, this.#complete(row))
  }

  learnPair(row: Row, reconstruction: Row): void {
    const complete = this.#complete(row)
    checkRow(reconstruction, this.width, this.visible)
    checkComplete(reconstruction)
    this.#learner.learnPair(row, complete, reconstruction)
  }

  notice(row: Row): void {
    this.#checkAlive()
    checkRow(row, this.width, this.visible)
  }

  learnMany(rows: Rows): void {
    this.#checkAlive()
    eachRow(rows, this.width, (row, of) => {
      checkRow(row, this.width, this.visible, of)
      this.learnOne(row)
    })
  }

  surprise(row: Row): Float32Array {
    const complete = this.#complete(row)
    return Float32Array.from(this.#own.groups, group => {
      if (isMissing(row, group)) return Number.NaN
      if (group.states > 0) return surpriseOfStates(this.#own.masses(complete, group), row, group)
      const energy = this.#own.energy(complete)
      return Math.min(LARGEST_ENERGY, Math.max(0, energy - this.#own.mode(complete, group.start).energy))
    })
  }

  conditional(row: Row, group: number): Float32Array {
    checkGroup(group, this.#own.groups.length)
    const complete = this.#complete(row)
    const asked = this.#own.groups[group]
    if (asked.states === 0) return Float32Array.of(this.#own.mode(complete, asked.start).value)
    const masses = this.#own.masses(complete, asked)
    return Float32Array.from(asked.kind === 'bernoulli' ? masses.subarray(1) : masses)
  }

  /** Steps down the energy: the mean of what a chain would do next, ½ε² along the gradient of the density. */
  reconstruct(row: Row, steps = 1): Float32Array {
    checkCount('steps', steps, 1)
    const state = this.#complete(row)
    const slope = new Float64Array(this.width)
    const pace = (this.#own.state.step * this.#own.state.step) / 2
    for (let step = 0; step < steps; step++) {
      this.#own.callbacks.rowGradient(state, this.#own.state.parameters, slope)
      for (const at of this.#own.everything.reals) {
        const next = state[at] + pace * slope[at]
        if (Math.abs(next) <= 3e38) state[at] = next
      }
      for (const group of this.#own.everything.others) this.#own.putMeans(state, group)
    }
    return Float32Array.from(state)
  }

  transformOne(row: Row): Float32Array {
    return this.#own.callbacks.features(this.#complete(row), this.#own.state.parameters)
  }

  sample(count: number, sweeps: number): Float32Array {
    checkCount('count', count, 0)
    checkCount('sweeps', sweeps, 0)
    this.#checkAlive()
    const { chains, sampling } = this.#own.state
    const states = new Float64Array(count * this.width)
    this.#own.startChains(states, sampling)
    for (let at = 0; at < states.length && chains.length > 0; at += this.width)
      states.set(chains.subarray(at % chains.length, (at % chains.length) + this.width), at)
    this.#own.walkAll(states, sweeps, sampling)
    return Float32Array.from(states)
  }

  walk(states: Rows, sweeps: number, random: Uint32Array): void {
    checkCount('sweeps', sweeps, 0)
    this.#checkAlive()
    eachRow(states, this.width, (row, of) => {
      checkRow(row, this.width, this.visible, of)
      checkComplete(row)
    })
    const own = Random.from(random)
    const moved = Float64Array.from(states)
    this.#own.walkAll(moved, sweeps, own)
    states.set(moved)
    random.set(own.state)
  }

  gradient(row: Row): Float32Array {
    checkRow(row, this.width, this.visible)
    checkComplete(row)
    this.#checkAlive()
    const slope = new Float64Array(this.width)
    this.#own.callbacks.rowGradient(new Float64Array(row), this.#own.state.parameters, slope)
    const rise = new Float32Array(this.width)
    for (let i = 0; i < rise.length; i++) rise[i] = -slope[i]
    return rise
  }

  tensors(): Tensors {
    this.#checkAlive()
    return writeState(this.#own.state, this.width, Number(this.options.batchSize) > 1)
  }

  restore(tensors: Tensors): void {
    this.#checkAlive()
    const before = this.tensors()
    readState(this.#own.state, tensors, before, this.visible)
    this.#own.callbacks.hasLearned = false
    try {
      this.#own.callbacks.finiteLogDensity(
        this.#own.withMeans(new Float32Array(this.width).fill(Number.NaN)),
        this.#own.state.parameters,
      )
    } catch (error) {
      readState(this.#own.state, before, before, this.visible)
      throw error
    }
    this.#own.callbacks.hasLearned = this.#own.state.rows > 0
  }

  release(): void {
    this.#isReleased = true
  }

  #checkAlive(): void {
    if (this.#isReleased) {
      throw new TypeError('Expected a product in use, got one that was released; create a new one.')
    }
  }

  /** The row, checked and filled in. */
  #complete(row: Row): Float64Array {
    this.#checkAlive()
    checkRow(row, this.width, this.visible)
    return this.#own.complete(row)
  }
}
