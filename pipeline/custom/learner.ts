/** How a custom product learns: contrastive divergence with reconstructions of hybrid Monte Carlo. */
import type { Row } from '../experts/product.ts'
import { adapted } from '../transitions/hamiltonian.ts'
import { type CustomModel, zerosLike } from './model.ts'
import { freeOf } from './walker.ts'

/** Weight of the newest trajectory in the share that was accepted. */
const ACCEPTANCE_PACE = 0.01

export class Learner {
  readonly #of: CustomModel
  /** Derivatives at the row, at the reconstruction. */
  readonly #data: Record<string, Float64Array>
  readonly #model: Record<string, Float64Array>

  constructor(model: CustomModel) {
    this.#of = model
    this.#data = zerosLike(model.state.parameters)
    this.#model = zerosLike(model.state.parameters)
  }

  /** One update from a row, `complete` being the row filled in. */
  learnOne(row: Row, complete: Float64Array): void {
    this.#undoing(() => {
      this.#differentiate(complete, this.#data)
      const end = this.#reconstruction(row, complete)
      this.#differentiate(end, this.#model)
      this.#learn(row)
    })
  }

  /** One update with this reconstruction. */
  learnPair(row: Row, complete: Float64Array, reconstruction: Row): void {
    const end = Float64Array.from(reconstruction)
    // What the row lacks stands where it stands in the row: it is the same in both.
    for (let i = 0; i < end.length; i++) if (Number.isNaN(row[i])) end[i] = complete[i]
    this.#undoing(() => {
      this.#differentiate(complete, this.#data)
      this.#differentiate(end, this.#model)
      this.#learn(row)
    })
  }

  /** ∂f/∂θ of a complete row into `out`. */
  #differentiate(row: Float64Array, out: Record<string, Float64Array>): void {
    this.#of.callbacks.parameterGradient(row, this.#of.state.parameters, out)
  }

  /** Where the chain of the row, or the persistent one whose turn it is, has come to. */
  #reconstruction(row: Row, complete: Float64Array): Float64Array {
    const own = this.#of.state
    const isPersistent = own.chains.length > 0
    const at = own.chain * this.#of.width
    const state = isPersistent ? own.chains.slice(at, at + this.#of.width) : complete.slice()
    const free = isPersistent ? this.#of.everything : freeOf(this.#of.groups, row)
    for (let k = 0; k < Number(this.#of.options.cdSteps); k++) {
      const acceptance = this.#of.walker.sweep(
        state,
        free,
        own.step,
        Number(this.#of.options.leapfrogSteps),
        own.learning,
      )
      if (Number.isNaN(acceptance)) continue
      own.step = adapted(own.step, acceptance)
      own.acceptance += ACCEPTANCE_PACE * (acceptance - own.acceptance)
    }
    if (!isPersistent) return state
    own.chains.set(state, at)
    own.chain = (own.chain + 1) % Number(this.#of.options.persistentChains)
    // What the row lacks is left out of both sides.
    for (let i = 0; i < row.length; i++) if (Number.isNaN(row[i])) state[i] = complete[i]
    return state
  }

  /** Add the difference of both derivatives, and take a step when there are enough of them. */
  #learn(row: Row): void {
    const own = this.#of.state
    const { batchSize, gradientLimit } = this.#of.options
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
    const own = this.#of.state
    const rate = this.#rate() / own.pendingRows
    for (const [name, values] of Object.entries(own.parameters)) {
      for (let i = 0; i < values.length; i++) values[i] += rate * own.pending[name][i]
      own.pending[name].fill(0)
    }
    own.pendingRows = 0
    this.#of.callbacks.hasLearned = true
    this.#of.callbacks.project(own.parameters)
  }

  #rate(): number {
    const [rate, decay, floor] = ['learningRate', 'learningRateDecay', 'learningRateFloor'].map(name =>
      Number(this.#of.options[name]),
    )
    if (decay === 0) return rate
    return Math.max(Math.min(rate, floor), rate / Math.sqrt(1 + this.#of.state.rows / decay))
  }

  /** Do it, or leave everything as it was: a callback may fail half-way. */
  #undoing(learn: () => void): void {
    const { parameters, pending, learning, chains, step, acceptance, chain, rows, pendingRows } =
      this.#of.state
    const kept = [...Object.values(parameters), ...Object.values(pending)].map(values => [
      values,
      values.slice(),
    ])
    const words = learning.state.slice()
    const state =
      chains.length > 0 ? chains.slice(chain * this.#of.width, (chain + 1) * this.#of.width) : null
    try {
      learn()
    } catch (error) {
      for (const [values, before] of kept) values.set(before)
      learning.state.set(words)
      if (state) chains.set(state, chain * this.#of.width)
      Object.assign(this.#of.state, { step, acceptance, chain, rows, pendingRows })
      throw error
    }
  }
}
