/**
 * The rival of learning one example at a time: a Boltzmann machine that learns from mini-batches with persistent chains, as
 * many as examples in a batch (Tieleman 2008), centred or not (Melchior, Fischer and Wiskott 2016). Plain TypeScript, so that
 * it can be read beside the papers; it has no part in the product.
 */
import { uniforms } from '../../fixtures/random.ts'

export interface MiniBatchOptions {
  readonly hidden: number
  /** Examples in a batch, and persistent chains. */
  readonly batch: number
  readonly centred: boolean
  /** η of an update by the mean over a batch, after so many presentations. */
  readonly rate: (presentations: number) => number
  /** Chains start at the batch: CD-1. */
  readonly fromData?: boolean
  /** The answers are those of the parameters' average, over the last quarter of all updates. */
  readonly averaged?: boolean
  readonly seed: number
}

/** Parameters in float64: W (H, D). */
export interface Parameters {
  readonly w: Float64Array
  readonly b: Float64Array
  readonly c: Float64Array
}

/** Rate of the running mean of the hidden units, the offset λ. */
const OFFSET_RATE = 0.01
/** The average reaches back over a quarter of all updates. */
const WINDOW = 4
const WEIGHT_SCALE = 0.01

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x))

/** Binary rows as lists of the units that are on, and what the hidden units make of them. */
interface Side {
  readonly on: Uint16Array[]
  /** B × H probabilities. */
  readonly hidden: Float64Array
}

export class MiniBatch {
  readonly options: MiniBatchOptions
  readonly #visible: number
  /** W (D, H). */
  readonly #w: Float64Array
  readonly #b: Float64Array
  readonly #c: Float64Array
  readonly #average: Float64Array[]
  /** μ and λ. */
  readonly #mu: Float64Array
  readonly #lambda: Float64Array
  readonly #uniform: () => number
  #chains: Uint16Array[]
  #updates = 0

  /** `means`: how often each visible unit is on, D shares. */
  constructor(means: Float64Array, options: MiniBatchOptions) {
    const { hidden, seed, batch, centred } = options
    this.options = options
    this.#visible = means.length
    this.#uniform = uniforms(seed)
    this.#w = Float64Array.from({ length: means.length * hidden }, () => WEIGHT_SCALE * this.#normal())
    this.#b = means.map(mean => Math.log(mean / (1 - mean)))
    this.#c = new Float64Array(hidden)
    this.#average = [this.#w, this.#b, this.#c].map(values => values.slice())
    this.#mu = centred ? means.slice() : new Float64Array(means.length)
    this.#lambda = new Float64Array(hidden).fill(centred ? 0.5 : 0)
    this.#chains = Array.from({ length: batch }, () => this.#draw(this.#b))
  }

  /** One update from as many rows as a batch has: B × D zeros and ones. */
  learn(rows: Float32Array): void {
    const { batch, centred, fromData, averaged, rate } = this.options
    const data = this.#up(Array.from({ length: batch }, (_, n) => this.#onIn(rows, n)))
    const start = fromData ? data : this.#up(this.#chains)
    const model = this.#up(start.on.map((_, n) => this.#down(start.hidden, n)))
    this.#chains = model.on
    if (centred) this.#moveOffsets(data.hidden)
    this.#step(data, model, rate(this.#updates * batch) / batch)
    this.#updates++
    if (averaged) this.#takeAverage()
  }

  /** Those that answer: W row by row of hidden units. */
  parameters(): Parameters {
    const [w, b, c] = this.options.averaged ? this.#average : [this.#w, this.#b, this.#c]
    const H = c.length
    const turned = Float64Array.from(
      w,
      (_, at) => w[(at % this.#visible) * H + Math.floor(at / this.#visible)],
    )
    return { w: turned, b: b.slice(), c: c.slice() }
  }

  #normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.#uniform())) * Math.cos(2 * Math.PI * this.#uniform())
  }

  /** The numbers of the units that come up, given their inputs. */
  #draw(input: Float64Array): Uint16Array {
    const on: number[] = []
    for (let i = 0; i < input.length; i++) if (this.#uniform() < sigmoid(input[i])) on.push(i)
    return Uint16Array.from(on)
  }

  #onIn(rows: Float32Array, n: number): Uint16Array {
    const on: number[] = []
    for (let i = 0; i < this.#visible; i++) if (rows[n * this.#visible + i] === 1) on.push(i)
    return Uint16Array.from(on)
  }

  #up(on: Uint16Array[]): Side {
    const H = this.#c.length
    const w = this.#w
    const hidden = new Float64Array(on.length * H)
    for (const [n, units] of on.entries()) {
      const input = hidden.subarray(n * H, (n + 1) * H)
      input.set(this.#c)
      for (const i of units) for (let j = 0; j < H; j++) input[j] += w[i * H + j]
      for (let j = 0; j < H; j++) input[j] = sigmoid(input[j])
    }
    return { on, hidden }
  }

  /** The visible units given hidden ones that are drawn from row `n` of `hidden`. */
  #down(hidden: Float64Array, n: number): Uint16Array {
    const H = this.#c.length
    const w = this.#w
    const input = this.#b.slice()
    const on: number[] = []
    for (let j = 0; j < H; j++) if (this.#uniform() < hidden[n * H + j]) on.push(j)
    for (let i = 0; i < input.length; i++) for (const j of on) input[i] += w[i * H + j]
    return this.#draw(input)
  }

  #moveOffsets(hidden: Float64Array): void {
    const H = this.#c.length
    for (let j = 0; j < H; j++) {
      let sum = 0
      for (let at = j; at < hidden.length; at += H) sum += hidden[at]
      this.#lambda[j] += OFFSET_RATE * ((sum * H) / hidden.length - this.#lambda[j])
    }
  }

  /** The centred gradient on ordinary parameters; μ = λ = 0 is the plain one. */
  #step(data: Side, model: Side, rate: number): void {
    const H = this.#c.length
    const gradient = new Float64Array(this.#w.length)
    const b = new Float64Array(this.#visible)
    const c = new Float64Array(H)
    for (const [side, sign] of [
      [data, 1],
      [model, -1],
    ] as const) {
      for (const [n, units] of side.on.entries()) {
        const shifted = side.hidden.subarray(n * H, (n + 1) * H).map((s, j) => sign * (s - this.#lambda[j]))
        for (const i of units) {
          b[i] += sign
          for (let j = 0; j < H; j++) gradient[i * H + j] += shifted[j]
        }
        for (let j = 0; j < H; j++) c[j] += shifted[j]
      }
    }
    // So far that of the uncentred visible units.
    for (let i = 0; i < this.#visible; i++) {
      for (let j = 0; j < H; j++) gradient[i * H + j] -= this.#mu[i] * c[j]
    }
    this.#move(gradient, b, c, rate)
  }

  #move(gradient: Float64Array, b: Float64Array, c: Float64Array, rate: number): void {
    const H = this.#c.length
    for (let i = 0; i < this.#visible; i++) {
      let shift = 0
      for (let j = 0; j < H; j++) {
        const change = gradient[i * H + j]
        shift += change * this.#lambda[j]
        c[j] -= change * this.#mu[i]
        this.#w[i * H + j] += rate * change
      }
      this.#b[i] += rate * (b[i] - shift)
    }
    for (let j = 0; j < H; j++) this.#c[j] += rate * c[j]
  }

  #takeAverage(): void {
    const share = WINDOW / (this.#updates + WINDOW - 1)
    for (const [n, values] of [this.#w, this.#b, this.#c].entries()) {
      const average = this.#average[n]
      for (let at = 0; at < values.length; at++) average[at] += share * (values[at] - average[at])
    }
  }
}
