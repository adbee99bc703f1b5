/** A product of experts whose energy the user gives: the same interface and the same learning as those of kernels. */
import { LARGEST_ENERGY } from '../bounds.ts'
import type { FamilyOptions, Product, Row, Rows, Tensors, VisibleGroup } from '../experts/product.ts'
import { Random } from '../random.ts'
import { type Group, groupsOf, isMissing, setState } from '../transitions/groups.ts'
import { adapted } from '../transitions/hamiltonian.ts'
import { fillNormals } from '../transitions/normal.ts'
import { checkComplete, checkCount, checkGroup, checkRow, checkRows, eachRow } from '../transitions/rows.ts'
import { likeliest, stateProbabilities, surpriseOfStates } from '../transitions/states.ts'
import { widthOf } from '../visible.ts'
import { Callbacks } from './callbacks.ts'
import { type CustomDefinition, checkedParameters, type Parameters } from './definition.ts'
import { ColumnMoments } from './moments.ts'
import { readState, type State, writeState } from './state.ts'
import { type Free, freeOf, Walker } from './walker.ts'

/** Where likely values are looked for: standard deviations around the mean. */
const GRID = [-8, -4, -2, -1.25, -0.5, 0, 0.5, 1.25, 2, 4, 8]
/** Weight of the newest trajectory in the share that was accepted. */
const ACCEPTANCE_PACE = 0.01

const zerosLike = (parameters: Parameters): Record<string, Float64Array> =>
  Object.fromEntries(Object.entries(parameters).map(([name, { length }]) => [name, new Float64Array(length)]))

export class CustomProduct implements Product {
  readonly family: string
  readonly width: number
  readonly visible: readonly VisibleGroup[]
  readonly options: Readonly<FamilyOptions>
  readonly #groups: readonly Group[]
  readonly #callbacks: Callbacks
  readonly #walker: Walker
  readonly #everything: Free
  readonly #state: State
  /** Derivatives at the row, at the reconstruction. */
  readonly #data: Record<string, Float64Array>
  readonly #model: Record<string, Float64Array>
  #isReleased = false

  /** `options` complete, `visible` checked. */
  constructor(definition: CustomDefinition, visible: readonly VisibleGroup[], options: FamilyOptions) {
    this.family = definition.name
    this.visible = visible.map(({ kind, size }) => ({ kind, size }))
    this.width = widthOf(visible)
    this.options = options
    this.#groups = groupsOf(visible)
    const setting = { visible: this.visible, width: this.width, options }
    const seeds = new Random(Number(options.seed))
    const parameters = checkedParameters(
      definition.name,
      definition.parameters(setting, () => seeds.uniform()),
    )
    this.#callbacks = new Callbacks(definition, setting)
    this.#data = zerosLike(parameters)
    this.#model = zerosLike(parameters)
    const landscape = {
      energy: (row: Float64Array) => -this.#callbacks.logDensity(row, parameters),
      gradient: (row: Float64Array, out: Float64Array) => {
        this.#callbacks.rowGradient(row, parameters, out)
        for (let i = 0; i < out.length; i++) out[i] = -out[i]
      },
    }
    this.#walker = new Walker(landscape, this.width)
    this.#everything = freeOf(this.#groups)
    this.#energy = landscape.energy
    this.#state = {
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
    this.#startChains(this.#state.chains, this.#state.learning)
  }

  readonly #energy: (row: Float64Array) => number

  /** The share of trajectories that were accepted of late, about the last hundred. */
  get acceptance(): number {
    return this.#state.acceptance
  }

  initialise(rows: Rows): void {
    this.#checkAlive()
    eachRow(rows, this.width, (row, of) => checkRow(row, this.width, this.visible, of))
    eachRow(rows, this.width, row => this.#state.moments.add(row))
    const complete: Float64Array[] = []
    eachRow(rows, this.width, row => complete.push(this.#withMeans(row)))
    this.#callbacks.initialise(complete, this.#state.parameters)
    const { chains } = this.#state
    for (let at = 0, n = 0; at < chains.length && complete.length > 0; at += this.width, n++)
      chains.set(complete[n % complete.length], at)
  }

  freeEnergy(row: Row): number {
    const complete = this.#complete(row)
    const energy = -this.#callbacks.finiteLogDensity(complete, this.#state.parameters)
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
    const complete = this.#complete(row)
    this.#undoing(() => {
      this.#differentiate(complete, this.#data)
      const end = this.#reconstruction(row, complete)
      this.#differentiate(end, this.#model)
      this.#learn(row)
    })
  }

  learnPair(row: Row, reconstruction: Row): void {
    const complete = this.#complete(row)
    checkRow(reconstruction, this.width, this.visible)
    checkComplete(reconstruction)
    const end = Float64Array.from(reconstruction)
    // What the row lacks stands where it stands in the row: it is the same in both.
    for (let i = 0; i < end.length; i++) if (Number.isNaN(row[i])) end[i] = complete[i]
    this.#undoing(() => {
      this.#differentiate(complete, this.#data)
      this.#differentiate(end, this.#model)
      this.#learn(row)
    })
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
    return Float32Array.from(this.#groups, group => {
      if (isMissing(row, group)) return Number.NaN
      if (group.states > 0) return surpriseOfStates(this.#masses(complete, group), row, group)
      const energy = this.#energy(complete)
      return Math.min(LARGEST_ENERGY, Math.max(0, energy - this.#mode(complete, group.start).energy))
    })
  }

  conditional(row: Row, group: number): Float32Array {
    checkGroup(group, this.#groups.length)
    const complete = this.#complete(row)
    const asked = this.#groups[group]
    if (asked.states === 0) return Float32Array.of(this.#mode(complete, asked.start).value)
    const masses = this.#masses(complete, asked)
    return Float32Array.from(asked.kind === 'bernoulli' ? masses.subarray(1) : masses)
  }

  /** Steps down the energy: the mean of what a chain would do next, ½ε² along the gradient of the density. */
  reconstruct(row: Row, steps = 1): Float32Array {
    checkCount('steps', steps, 1)
    const state = this.#complete(row)
    const slope = new Float64Array(this.width)
    const pace = (this.#state.step * this.#state.step) / 2
    for (let step = 0; step < steps; step++) {
      this.#callbacks.rowGradient(state, this.#state.parameters, slope)
      for (const at of this.#everything.reals) {
        const next = state[at] + pace * slope[at]
        if (Math.abs(next) <= 3e38) state[at] = next
      }
      for (const group of this.#everything.others) this.#putMeans(state, group)
    }
    return Float32Array.from(state)
  }

  transformOne(row: Row): Float32Array {
    return this.#callbacks.features(this.#complete(row), this.#state.parameters)
  }

  sample(count: number, sweeps: number): Float32Array {
    checkCount('count', count, 0)
    checkCount('sweeps', sweeps, 0)
    this.#checkAlive()
    const { chains, sampling } = this.#state
    const states = new Float64Array(count * this.width)
    this.#startChains(states, sampling)
    for (let at = 0; at < states.length && chains.length > 0; at += this.width)
      states.set(chains.subarray(at % chains.length, (at % chains.length) + this.width), at)
    this.#walkAll(states, sweeps, sampling)
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
    this.#walkAll(moved, sweeps, own)
    states.set(moved)
    random.set(own.state)
  }

  gradient(row: Row): Float32Array {
    checkRow(row, this.width, this.visible)
    checkComplete(row)
    this.#checkAlive()
    const slope = new Float64Array(this.width)
    this.#callbacks.rowGradient(Float64Array.from(row), this.#state.parameters, slope)
    return Float32Array.from(slope, value => -value)
  }

  tensors(): Tensors {
    this.#checkAlive()
    return writeState(this.#state, this.width, Number(this.options.batchSize) > 1)
  }

  restore(tensors: Tensors): void {
    this.#checkAlive()
    const before = this.tensors()
    readState(this.#state, tensors, before, this.visible)
    this.#callbacks.hasLearned = false
    try {
      this.#callbacks.finiteLogDensity(
        this.#withMeans(new Float32Array(this.width).fill(Number.NaN)),
        this.#state.parameters,
      )
    } catch (error) {
      readState(this.#state, before, before, this.visible)
      throw error
    }
    this.#callbacks.hasLearned = this.#state.rows > 0
  }

  release(): void {
    this.#isReleased = true
  }

  #checkAlive(): void {
    if (this.#isReleased) {
      throw new TypeError('Expected a product in use, got one that was released; create a new one.')
    }
  }

  /** The row, checked, with its missing groups at their means. */
  #withMeans(row: Row): Float64Array {
    const state = Float64Array.from(row)
    for (const group of this.#groups) {
      if (!isMissing(row, group)) continue
      if (group.kind === 'real') state[group.start] = this.#state.moments.mean(group.start)
      else setState(state, group, this.#usual(group))
    }
    return state
  }

  /** The state of a group that is usual, by the means of its columns. */
  #usual({ kind, start, values, states }: Group): number {
    const { moments } = this.#state
    if (kind !== 'softmax') return Math.min(states - 1, Math.max(0, Math.round(moments.mean(start))))
    let best = 0
    for (let k = 1; k < values; k++) if (moments.mean(start + k) > moments.mean(start + best)) best = k
    return best
  }

  /**
   * The row, checked, with every missing group at its likeliest value: one visit to each in turn, the others being where
   * they usually are.
   */
  #complete(row: Row): Float64Array {
    this.#checkAlive()
    checkRow(row, this.width, this.visible)
    const state = this.#withMeans(row)
    for (const group of this.#groups) {
      if (!isMissing(row, group)) continue
      if (group.states === 0) state[group.start] = this.#mode(state, group.start).value
      else setState(state, group, this.#likeliestState(state, group))
    }
    return state
  }

  #masses(state: Float64Array, group: Group): Float64Array {
    return stateProbabilities(this.#energy, state, group)
  }

  #likeliestState(state: Float64Array, group: Group): number {
    const masses = this.#masses(state, group)
    return masses.indexOf(masses.reduce((most, mass) => Math.max(most, mass), 0))
  }

  /** Means in place of states; of a group in one value its likeliest state. */
  #putMeans(state: Float64Array, group: Group): void {
    const masses = this.#masses(state, group)
    if (group.kind === 'bernoulli') state[group.start] = masses[1]
    else if (group.kind === 'softmax') state.set(masses, group.start)
    else state[group.start] = masses.indexOf(masses.reduce((most, mass) => Math.max(most, mass), 0))
  }

  /** The likeliest value of a real unit, looked for around its mean and around where it is. */
  #mode(state: Float64Array, at: number): { value: number; energy: number } {
    const { moments } = this.#state
    const around = GRID.map(offset => moments.mean(at) + offset * moments.deviation(at))
    return likeliest(
      this.#energy,
      state,
      at,
      [...around, state[at]].sort((a, b) => a - b),
    )
  }

  #startChains(states: Float64Array, random: Random): void {
    const deviates = new Float64Array(this.width)
    for (let at = 0; at < states.length; at += this.width) {
      const state = states.subarray(at, at + this.width)
      fillNormals(random, deviates, this.width)
      for (const { kind, start, states: count, ...group } of this.#groups) {
        const { moments } = this.#state
        if (kind === 'real') state[start] = moments.mean(start) + moments.deviation(start) * deviates[start]
        else setState(state, { kind, start, states: count, ...group }, Math.floor(random.uniform() * count))
      }
    }
  }

  #walkAll(states: Float64Array, sweeps: number, random: Random): void {
    const { step } = this.#state
    for (let at = 0; at < states.length; at += this.width) {
      const state = states.subarray(at, at + this.width)
      for (let sweep = 0; sweep < sweeps; sweep++)
        this.#walker.sweep(state, this.#everything, step, Number(this.options.leapfrogSteps), random)
    }
  }

  /** ∂f/∂θ of a complete row into `out`. */
  #differentiate(row: Float64Array, out: Record<string, Float64Array>): void {
    this.#callbacks.parameterGradient(row, this.#state.parameters, out)
  }

  /** Where the chain of the row, or the persistent one whose turn it is, has come to. */
  #reconstruction(row: Row, complete: Float64Array): Float64Array {
    const own = this.#state
    const isPersistent = own.chains.length > 0
    const at = own.chain * this.width
    const state = isPersistent ? own.chains.slice(at, at + this.width) : complete.slice()
    const free = isPersistent ? this.#everything : freeOf(this.#groups, row)
    for (let k = 0; k < Number(this.options.cdSteps); k++) {
      const acceptance = this.#walker.sweep(
        state,
        free,
        own.step,
        Number(this.options.leapfrogSteps),
        own.learning,
      )
      if (Number.isNaN(acceptance)) continue
      own.step = adapted(own.step, acceptance)
      own.acceptance += ACCEPTANCE_PACE * (acceptance - own.acceptance)
    }
    if (!isPersistent) return state
    own.chains.set(state, at)
    own.chain = (own.chain + 1) % Number(this.options.persistentChains)
    // What the row lacks is left out of both sides.
    for (let i = 0; i < row.length; i++) if (Number.isNaN(row[i])) state[i] = complete[i]
    return state
  }

  /** Add the difference of both derivatives, and take a step when there are enough of them. */
  #learn(row: Row): void {
    const own = this.#state
    const { batchSize, gradientLimit } = this.options
    const scale = Math.min(1, Number(gradientLimit) / Math.max(this.#differenceNorm(), 1e-300))
    for (const [name, pending] of Object.entries(own.pending)) {
      const [data, model] = [this.#data[name], this.#model[name]]
      for (let i = 0; i < pending.length; i++) pending[i] += scale * (data[i] - model[i])
    }
    own.pendingRows++
    own.rows++
    if (own.pendingRows >= Number(batchSize)) this.#step()
    own.moments.add(row)
  }

  #differenceNorm(): number {
    let squares = 0
    for (const [name, data] of Object.entries(this.#data))
      for (let i = 0; i < data.length; i++) squares += (data[i] - this.#model[name][i]) ** 2
    return Math.sqrt(squares)
  }

  #step(): void {
    const own = this.#state
    const rate = this.#rate() / own.pendingRows
    for (const [name, values] of Object.entries(own.parameters)) {
      for (let i = 0; i < values.length; i++) values[i] += rate * own.pending[name][i]
      own.pending[name].fill(0)
    }
    own.pendingRows = 0
    this.#callbacks.hasLearned = true
    this.#callbacks.project(own.parameters)
  }

  #rate(): number {
    const [rate, decay, floor] = ['learningRate', 'learningRateDecay', 'learningRateFloor'].map(name =>
      Number(this.options[name]),
    )
    if (decay === 0) return rate
    return Math.max(Math.min(rate, floor), rate / Math.sqrt(1 + this.#state.rows / decay))
  }

  /** Do it, or leave everything as it was: a callback may fail half-way. */
  #undoing(learn: () => void): void {
    const { parameters, pending, learning, chains, step, acceptance, chain, rows, pendingRows } = this.#state
    const kept = [...Object.values(parameters), ...Object.values(pending)].map(values => [
      values,
      values.slice(),
    ])
    const words = learning.state.slice()
    const state = chains.length > 0 ? chains.slice(chain * this.width, (chain + 1) * this.width) : null
    try {
      learn()
    } catch (error) {
      for (const [values, before] of kept) values.set(before)
      learning.state.set(words)
      if (state) chains.set(state, chain * this.width)
      Object.assign(this.#state, { step, acceptance, chain, rows, pendingRows })
      throw error
    }
  }
}
