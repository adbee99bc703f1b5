/** Products of hidden Markov models in float64, by definition: every path of states is added up by plain recursions. */
import { hmm } from '../../pipeline/experts/hmm.ts'
import type { FamilyOptions, Product, VisibleGroup } from '../../pipeline/experts/product.ts'
import type { Oracle, Parameters } from './oracle.ts'

/** Where the parameters of one window stand: rows of the tensors. */
interface Window {
  readonly kind: VisibleGroup['kind']
  readonly size: number
  readonly first: number
  readonly steps: number
  readonly index: number
  /** First row of its emissions or means, in units of K rows. */
  readonly emission: number
}

const NUMBERS_AT_ONCE = (kind: VisibleGroup['kind'], size: number) =>
  kind === 'real' ? size : kind === 'sequence' ? 64 : 1

/** Neighbouring groups of one kind and size are one window; every sequence is one. */
function windowsOf(visible: readonly VisibleGroup[], channels: number): Window[] {
  const runs: { kind: VisibleGroup['kind']; size: number; values: number }[] = []
  for (const { kind, size } of visible) {
    const last = runs[runs.length - 1]
    const values = NUMBERS_AT_ONCE(kind, size)
    const joins = last && last.kind === kind && kind !== 'sequence' && (kind === 'real' || last.size === size)
    if (joins) last.values += values
    else runs.push({ kind, size, values })
  }
  let first = 0
  const rows = { real: 0, symbols: 0 }
  return runs.map(({ kind, size, values }, index) => {
    const real = kind === 'real'
    const own = real ? channels : size
    const emission = rows[real ? 'real' : 'symbols']
    rows[real ? 'real' : 'symbols'] += own
    first += values
    return {
      kind,
      size: own,
      first: first - values,
      steps: real ? values / channels : values,
      index,
      emission,
    }
  })
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0)
export const logSumExp = (values: readonly number[]) => {
  const most = Math.max(...values)
  return most + Math.log(sum(values.map(value => Math.exp(value - most))))
}
export const softmax = (logits: readonly number[]) => {
  const total = logSumExp(logits)
  return logits.map(logit => Math.exp(logit - total))
}

/** One hidden Markov model: probabilities, and the means and variances of its channels. */
export interface Expert {
  readonly initial: number[]
  /** from × to. */
  readonly transition: number[][]
  /** state × symbol. */
  readonly emission: number[][]
  /** state × channel. */
  readonly mean: number[][]
  readonly variance: number[][]
}

/** The parameters of one window and expert, of logits that need not be normalised. */
function expertOf(
  parameters: Parameters,
  { kind, size, index, emission }: Window,
  m: number,
  K: number,
  M: number,
): Expert {
  const states = Array.from({ length: K }, (_, k) => k)
  const at = (name: string, row: number) => parameters[name][row * M + m]
  const own = Array.from({ length: size }, (_, o) => o)
  const real = kind === 'real'
  return {
    initial: softmax(states.map(k => at('experts.initial', index * K + k))),
    transition: states.map(k =>
      softmax(states.map(l => at('experts.transition', index * K * K + k * K + l))),
    ),
    emission: real
      ? []
      : states.map(k => softmax(own.map(o => at('experts.emission', (emission + o) * K + k)))),
    mean: real ? states.map(k => own.map(c => at('experts.mean', (emission + c) * K + k))) : [],
    variance: real
      ? states.map(k => own.map(c => Math.exp(at('experts.logVariance', (emission + c) * K + k))))
      : [],
  }
}

/** log b_k(o) of a step: 0 where it is missing. `values`: one symbol, or the channels. */
function logLikelihoods(expert: Expert, values: readonly number[]): number[] {
  return expert.initial.map((_, k) => {
    if (expert.emission.length > 0)
      return Number.isNaN(values[0]) ? 0 : Math.log(expert.emission[k][values[0]])
    return sum(
      values.map((x, c) =>
        Number.isNaN(x)
          ? 0
          : -0.5 *
            ((x - expert.mean[k][c]) ** 2 / expert.variance[k][c] +
              Math.log(2 * Math.PI * expert.variance[k][c])),
      ),
    )
  })
}

/** log p(steps, state of the last one) for every step, and log p(later steps | state). */
export function recursions(expert: Expert, steps: readonly (readonly number[])[]) {
  const b = steps.map(values => logLikelihoods(expert, values))
  const forward: number[][] = []
  for (const [t, likelihoods] of b.entries())
    forward.push(
      likelihoods.map((own, l) => {
        if (t === 0) return own + Math.log(expert.initial[l])
        return own + logSumExp(forward[t - 1].map((log, k) => log + Math.log(expert.transition[k][l])))
      }),
    )
  const backward: number[][] = steps.map(() => expert.initial.map(() => 0))
  for (let t = steps.length - 2; t >= 0; t--)
    backward[t] = expert.transition.map(row =>
      logSumExp(row.map((a, l) => Math.log(a) + b[t + 1][l] + backward[t + 1][l])),
    )
  const logDensity = logSumExp(forward[steps.length - 1])
  const posterior = forward.map((logs, t) =>
    logs.map((log, k) => Math.exp(log + backward[t][k] - logDensity)),
  )
  const pair = (t: number, k: number, l: number) =>
    Math.exp(
      forward[t][k] + Math.log(expert.transition[k][l]) + b[t + 1][l] + backward[t + 1][l] - logDensity,
    )
  return { logDensity, forward, backward, posterior, pair }
}

/** The steps of a window up to the last one that is there. */
function stepsOf({ kind, size, first, steps }: Window, row: ArrayLike<number>): number[][] {
  const channels = kind === 'real' ? size : 1
  const all = Array.from({ length: steps }, (_, t) =>
    Array.from({ length: channels }, (_, c) => row[first + t * channels + c]),
  )
  while (all.length > 0 && all[all.length - 1].every(Number.isNaN)) all.pop()
  return all
}

const NAMES = ['initial', 'transition', 'emission', 'mean', 'logVariance'].map(name => `experts.${name}`)

export class HmmMachine {
  readonly parameters: Parameters
  readonly windows: readonly Window[]
  readonly M: number
  readonly K: number

  constructor(visible: readonly VisibleGroup[], options: Readonly<FamilyOptions>, parameters: Parameters) {
    this.M = Number(options.experts)
    this.K = Number(options.states)
    this.windows = windowsOf(visible, Number(options.channels))
    this.parameters = parameters
  }

  expert(window: number, m: number): Expert {
    return expertOf(this.parameters, this.windows[window], m, this.K, this.M)
  }

  experts(window: number): Expert[] {
    return Array.from({ length: this.M }, (_, m) => this.expert(window, m))
  }

  /** Σ_m log p_m(row). */
  logDensity(row: ArrayLike<number>): number {
    return sum(
      this.windows.map((window, w) => {
        const steps = stepsOf(window, row)
        if (steps.length === 0) return 0
        return sum(this.experts(w).map(expert => recursions(expert, steps).logDensity))
      }),
    )
  }

  /** Its gradient by the parameters: expected counts. */
  gradient(row: ArrayLike<number>): Record<string, Float64Array> {
    const out = Object.fromEntries(
      Object.entries(this.parameters).map(([name, data]) => [name, new Float64Array(data.length)]),
    )
    for (const [w, window] of this.windows.entries()) {
      const steps = stepsOf(window, row)
      if (steps.length === 0) continue
      for (const [m, expert] of this.experts(w).entries()) this.#addGradient(out, window, m, expert, steps)
    }
    return out
  }

  #addGradient(
    out: Record<string, Float64Array>,
    window: Window,
    m: number,
    expert: Expert,
    steps: number[][],
  ): void {
    const { K, M } = this
    const { index, size, emission } = window
    const { posterior, pair } = recursions(expert, steps)
    const add = (name: string, row: number, value: number) => {
      out[name][row * M + m] += value
    }
    for (let k = 0; k < K; k++) {
      add('experts.initial', index * K + k, posterior[0][k] - expert.initial[k])
      for (let t = 0; t + 1 < steps.length; t++)
        for (let l = 0; l < K; l++)
          add(
            'experts.transition',
            index * K * K + k * K + l,
            pair(t, k, l) - posterior[t][k] * expert.transition[k][l],
          )
      for (const [t, values] of steps.entries()) {
        const share = posterior[t][k]
        for (let o = 0; o < size; o++) {
          if (window.kind !== 'real') {
            if (Number.isNaN(values[0])) continue
            add(
              'experts.emission',
              (emission + o) * K + k,
              share * (Number(values[0] === o) - expert.emission[k][o]),
            )
          } else if (!Number.isNaN(values[o])) {
            const [mean, variance] = [expert.mean[k][o], expert.variance[k][o]]
            add('experts.mean', (emission + o) * K + k, (share * (values[o] - mean)) / variance)
            add(
              'experts.logVariance',
              (emission + o) * K + k,
              0.5 * share * ((values[o] - mean) ** 2 / variance - 1),
            )
          }
        }
      }
    }
  }

  /** log of the product of what the experts say of a symbol at a step given the rest, before it is normalised. */
  symbolLogits(row: ArrayLike<number>, w: number, step: number): number[] {
    const { kind, size, first } = this.windows[w]
    const whole = Array.from(row)
    return Array.from({ length: size }, (_, o) => {
      whole[first + step] = o
      const steps = stepsOf(this.windows[w], kind === 'sequence' ? whole : whole)
      return sum(this.experts(w).map(expert => recursions(expert, steps).logDensity))
    })
  }
}

/** The machine of a product. */
export function machineOf(product: Product): HmmMachine {
  const tensors = product.tensors()
  const parameters = Object.fromEntries(
    NAMES.filter(name => tensors[name]).map(name => [name, Float64Array.from(tensors[name].data)]),
  )
  return new HmmMachine(product.visible, product.options, parameters)
}

/** What the contract checks the family on. */
export function oracle(visible: readonly VisibleGroup[], given: FamilyOptions): Oracle {
  const product = hmm.create(visible, given)
  const { options } = product
  product.release()
  const kinds = visible.map(({ kind }) => kind)
  const parameters = NAMES.filter(name => {
    if (name === 'experts.emission') return kinds.some(kind => kind !== 'real')
    return name === 'experts.mean' || name === 'experts.logVariance' ? kinds.includes('real') : true
  })
  return {
    parameters,
    logDensity: (given, row) => new HmmMachine(visible, options, given).logDensity(row),
    gradient: (given, row) => new HmmMachine(visible, options, given).gradient(row),
    step: (given, difference, _, row = []) =>
      stepped(new HmmMachine(visible, options, given), difference, Number(options.learningRate), row),
  }
}

const clamp = (value: number, most: number) => Math.min(Math.max(value, -most), most)

/** Steps of a window whose counts are taken in full. */
const FULL_STEPS = 16

/** Logits move by the rate and are normalised; means by at most a deviation, log-variances by at most a half. */
function stepped(
  machine: HmmMachine,
  difference: Parameters,
  learningRate: number,
  row: ArrayLike<number>,
): Record<string, Float64Array> {
  const { parameters, K, M, windows } = machine
  const out = Object.fromEntries(Object.entries(parameters).map(([name, data]) => [name, data.slice()]))
  let rate = learningRate
  const moveTogether = (name: string, rows: number[], m: number) => {
    const logits = rows.map(row => parameters[name][row * M + m] + rate * difference[name][row * M + m])
    const total = logSumExp(logits)
    for (const [i, row] of rows.entries()) out[name][row * M + m] = Math.max(logits[i] - total, -30)
  }
  const rowsFrom = (first: number, count: number, apart = 1) =>
    Array.from({ length: count }, (_, i) => first + i * apart)
  for (const window of windows) {
    const { kind, size, index, emission } = window
    rate = learningRate * Math.min(1, FULL_STEPS / stepsOf(window, row).length)
    for (let m = 0; m < M; m++) {
      moveTogether('experts.initial', rowsFrom(index * K, K), m)
      for (let k = 0; k < K; k++) {
        moveTogether('experts.transition', rowsFrom(index * K * K + k * K, K), m)
        if (kind !== 'real') moveTogether('experts.emission', rowsFrom(emission * K + k, size, K), m)
        else
          for (let c = 0; c < size; c++) {
            const at = ((emission + c) * K + k) * M + m
            const [mean, log] = [parameters['experts.mean'][at], parameters['experts.logVariance'][at]]
            const step = rate * Math.exp(log) * difference['experts.mean'][at]
            out['experts.mean'][at] = clamp(mean + clamp(step, Math.exp(log / 2)), 1e5)
            out['experts.logVariance'][at] = clamp(
              log + clamp(rate * difference['experts.logVariance'][at], 0.5),
              8,
            )
          }
      }
    }
  }
  return out
}
