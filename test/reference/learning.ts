/**
 * One update of the restricted Boltzmann machine in float64, formula by formula, with the random numbers that the
 * kernel draws: started from a product's tensors it must arrive at the product's next tensors, up to rounding.
 */
import type { FamilyOptions, Product, Tensors, VisibleGroup } from '../../pipeline/experts/product.ts'
import { hiddenMeans, type Machine, sum, visibleInput, visibleLogMeans } from './rbm.ts'

type Vector = number[]
type Matrix = Vector[]

/** xoshiro128+ on four lanes, by word: word w of lane l stands at 4 w + l. */
export class Lanes {
  readonly #state: Uint32Array

  constructor(state: ArrayLike<number>) {
    this.#state = Uint32Array.from(state)
  }

  /** Four numbers in [0, 1). */
  next(): number[] {
    return [0, 1, 2, 3].map(lane => {
      const [a, b, c, d] = [0, 4, 8, 12].map(word => this.#state[word + lane])
      const next = [a ^ d ^ b, a ^ b ^ c, c ^ a ^ (b << 9), ((d ^ b) << 11) | ((d ^ b) >>> 21)]
      for (const [word, value] of next.entries()) this.#state[4 * word + lane] = value
      return ((a + d) >>> 8) * 2 ** -24
    })
  }
}

export interface State {
  w: Matrix
  b: Vector
  c: Vector
  mu: Vector
  lambda: Vector
  chains: Matrix
  posteriors: Matrix
  velocity?: { w: Matrix; b: Vector; c: Vector }
  average?: { w: Matrix; b: Vector; c: Vector }
  learned: number
  initial: number
  cursor: number
  random: Lanes
}

const matrix = (tensors: Tensors, name: string): Matrix => {
  if (!tensors[name]) return []
  const [rows, columns] = tensors[name].shape
  const values = Array.from(tensors[name].data)
  return Array.from({ length: rows }, (_, row) => values.slice(row * columns, (row + 1) * columns))
}

/** The state of a product, as numbers. */
export function stateOf(product: Product): State {
  const tensors = product.tensors()
  const vector = (name: string) => Array.from(tensors[name].data)
  const triple = (prefix: string) =>
    tensors[`${prefix}.w`] && {
      w: matrix(tensors, `${prefix}.w`),
      b: vector(`${prefix}.b`),
      c: vector(`${prefix}.c`),
    }
  const [learned, initial, cursor] = tensors.counters.data
  return {
    ...triple('experts'),
    mu: vector('offset.visible'),
    lambda: vector('offset.hidden'),
    chains: matrix(tensors, 'chains'),
    posteriors: matrix(tensors, 'chains.hidden'),
    velocity: triple('velocity'),
    average: triple('average'),
    learned,
    initial,
    cursor,
    random: new Lanes(tensors.random.data.subarray(0, 16)),
  }
}

/** Rows of W that the kernel visits together: the order of random numbers depends on it. */
function panelRows(width: number): number {
  const bytes = Math.ceil(width / 8) * 32
  const stride = bytes >= 2048 && bytes % 2048 === 0 ? bytes + 64 : bytes
  const rows = Math.floor(163840 / stride)
  return Math.max(12, Math.min(48, rows - (rows % 12)))
}

/** One draw of every hidden unit for every chain: panel by panel, chain by chain, four units at a time. */
function drawHidden(state: State, posteriors: Matrix): Matrix {
  const H = state.c.length
  const drawn = posteriors.map(() => [] as Vector)
  const panel = panelRows(state.b.length)
  for (let from = 0; from < H; from += panel) {
    for (const [p, means] of posteriors.entries()) {
      for (let j = from; j < Math.min(from + panel, H); j += 4) {
        const u = state.random.next()
        for (let k = j; k < Math.min(j + 4, H); k++) drawn[p][k] = Number(u[k - j] < means[k])
      }
    }
  }
  return drawn
}

/** Neighbouring Bernoulli units are drawn four at a time, a softmax group takes one number of four. */
function drawVisible(visible: readonly VisibleGroup[], means: Vector, random: Lanes): Vector {
  const runs: { softmax: boolean; values: Vector }[] = []
  let start = 0
  for (const { kind, size } of visible) {
    const values = means.slice(start, start + size)
    const last = runs.at(-1)
    if (kind === 'bernoulli' && last?.softmax === false) last.values.push(...values)
    else runs.push({ softmax: kind === 'softmax', values })
    start += size
  }
  return runs.flatMap(({ softmax, values }) => (softmax ? oneHot(values, random) : binary(values, random)))
}

function binary(means: Vector, random: Lanes): Vector {
  let u: number[] = []
  return means.map((mean, i) => {
    if (i % 4 === 0) u = random.next()
    return Number(u[i % 4] < mean)
  })
}

function oneHot(means: Vector, random: Lanes): Vector {
  const [u] = random.next()
  let below = 0
  const chosen = means.findIndex(mean => {
    below += mean
    return u < below
  })
  return means.map((_, k) => Number(k === (chosen < 0 ? means.length - 1 : chosen)))
}

const outer = (x: Vector, y: Vector): Matrix => y.map(scale => x.map(value => value * scale))
const mean = (vectors: Matrix): Vector =>
  vectors[0].map((_, i) => sum(vectors.map(vector => vector[i])) / vectors.length)
const minus = (x: Vector, y: Vector): Vector => x.map((value, i) => value - y[i])

function gibbs(state: State, machine: Machine, hidden: Vector, sampled: boolean): Vector {
  const means = visibleLogMeans(machine, visibleInput(machine, hidden)).map(Math.exp)
  return sampled ? drawVisible(machine.visible, means, state.random) : means
}

/** The recipe: gradient, offsets, momentum, weight decay, average. Changes `state`. */
export function learn(
  state: State,
  visible: readonly VisibleGroup[],
  options: FamilyOptions,
  row: ArrayLike<number>,
): void {
  const machine: Machine = {
    visible,
    w: state.w.map(values => Float64Array.from(values)),
    b: Float64Array.from(state.b),
    c: Float64Array.from(state.c),
  }
  const present = Array.from(row, value => Number(!Number.isNaN(value)))
  const masked = (v: Vector) => v.map((value, i) => (present[i] ? value : 0))
  const v = masked(Array.from(row))
  const s = hiddenMeans(machine, v)
  const { states, means } = runChains(state, machine, options, s, masked)

  const centering = options.centering === true
  const mu = centering ? moveOffsets(state, options, v, s, present) : state.mu.map(() => 0)
  const lambda = centering ? state.lambda : state.lambda.map(() => 0)
  const centred = (x: Vector) => masked(minus(x, mu))
  const G = outer(centred(v), minus(s, lambda))
  for (const [p, x] of states.entries()) {
    for (const [j, values] of outer(centred(x), minus(means[p], lambda)).entries()) {
      for (const [i, value] of values.entries()) G[j][i] -= value / states.length
    }
  }
  const changeB = masked(minus(v, mean(states))).map(
    (value, i) => value - sum(G.map((values, j) => values[i] * lambda[j])),
  )
  const changeC = minus(s, mean(means)).map((value, j) => value - sum(G[j].map((g, i) => g * mu[i])))
  apply(state, options, G, changeB, changeC)
}

/** Where the chains end, and the posteriors there as far as the row's values go. */
function runChains(
  state: State,
  machine: Machine,
  options: FamilyOptions,
  data: Vector,
  masked: (v: Vector) => Vector,
): { states: Matrix; means: Matrix } {
  const P = Number(options.persistentChains)
  const count = P === 0 ? 1 : Number(options.chainsPerStep) || P
  const chosen = Array.from({ length: count }, (_, r) => (P === 0 ? 0 : (state.cursor + r) % P))
  const keep = (x: Vector) => (P === 0 ? masked(x) : x)
  let posteriors = chosen.map(p => (P === 0 ? data : state.posteriors[p]))
  let states: Matrix = []
  for (let step = 0; step < Number(options.cdSteps); step++) {
    const hidden = drawHidden(state, posteriors)
    states = hidden.map(h => keep(gibbs(state, machine, h, options.sampleVisible === true)))
    posteriors = states.map(x => hiddenMeans(machine, x))
  }
  if (P > 0) {
    for (const [r, p] of chosen.entries()) {
      state.chains[p] = states[r]
      state.posteriors[p] = posteriors[r]
    }
    state.cursor = (state.cursor + count) % P
  }
  return { states: states.map(masked), means: states.map(x => hiddenMeans(machine, masked(x))) }
}

/** μ and λ approach the row and its posterior; returns μ. */
function moveOffsets(state: State, options: FamilyOptions, v: Vector, s: Vector, present: Vector): Vector {
  const rate = Number(options.centeringRate)
  const share = Math.max(rate, 1 / (state.learned + state.initial + 2))
  state.mu = state.mu.map((value, i) => value + share * present[i] * (v[i] - value))
  state.lambda = state.lambda.map((value, j) => value + rate * (s[j] - value))
  return state.mu
}

function rateAfter(rows: number, options: FamilyOptions): number {
  const [rate, decay, floor] = [
    options.learningRate,
    options.learningRateDecay,
    options.learningRateFloor,
  ].map(Number)
  return decay === 0 ? rate : Math.max(Math.min(rate, floor), rate / Math.sqrt(1 + rows / decay))
}

function apply(state: State, options: FamilyOptions, G: Matrix, changeB: Vector, changeC: Vector): void {
  const eta = rateAfter(state.learned, options)
  const momentum = Number(options.momentum)
  const decay = Number(options.weightDecay)
  const move = (x: Vector, velocity: Vector | undefined, change: Vector): Vector => {
    const moves = change.map((value, i) => eta * value + momentum * (velocity?.[i] ?? 0))
    for (const [i, value] of moves.entries()) if (velocity) velocity[i] = value
    return x.map((value, i) => value + moves[i])
  }
  const decayed = G.map((values, j) => values.map((value, i) => value - decay * state.w[j][i]))
  state.w = state.w.map((values, j) => move(values, state.velocity?.w[j], decayed[j]))
  state.b = move(state.b, state.velocity?.b, changeB)
  state.c = move(state.c, state.velocity?.c, changeC)
  state.learned++
  average(state, options)
}

function average(state: State, options: FamilyOptions): void {
  const intervals = state.learned / Number(options.averagingInterval)
  if (!state.average || !Number.isInteger(intervals)) return
  const window = Number(options.averagingWindow)
  const share = Math.max(window / (intervals + window - 1), Number(options.averagingFloor))
  const approach = (x: Vector, target: Vector) => x.map((value, i) => value + share * (target[i] - value))
  state.average = {
    w: state.average.w.map((values, j) => approach(values, state.w[j])),
    b: approach(state.average.b, state.b),
    c: approach(state.average.c, state.c),
  }
}
