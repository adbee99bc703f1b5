/**
 * The restricted Boltzmann machine by definition, in float64 and with everything enumerated. Slow on purpose: each
 * function is its formula, and nothing is shared with the kernel.
 *
 * D visible values, H hidden units, S visible configurations (2 for a Bernoulli unit, K for a softmax group, N + 1 for a count).
 */
import type { Product, VisibleGroup } from '../../pipeline/experts/product.ts'
import { widthOf } from '../../pipeline/visible.ts'

export { oracle } from './rbm-oracle.ts'

export interface Machine {
  readonly visible: readonly VisibleGroup[]
  /** (H, D) */
  readonly w: readonly Float64Array[]
  readonly b: Float64Array
  readonly c: Float64Array
  /** log σ² of real units, 0 of others; D numbers. */
  readonly logVariance?: Float64Array
  /** K binary units with the same weights in the place of each hidden one. */
  readonly replicas?: number
}

/** A group as `surprise` counts them: every unit is one. */
export interface Group {
  readonly kind: VisibleGroup['kind']
  readonly start: number
  readonly size: number
  /** N of a count. */
  readonly trials: number
}

export const softplus = (x: number) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)))
export const sigmoid = (x: number) => 0.5 * (1 + Math.tanh(x / 2))
export const sum = (values: Iterable<number>) => {
  let total = 0
  for (const value of values) total += value
  return total
}
export const logSumExp = (values: ArrayLike<number>) => {
  const most = Math.max(...Array.from(values))
  return most + Math.log(sum(Array.from(values, value => Math.exp(value - most))))
}
function dot(x: ArrayLike<number>, y: ArrayLike<number>): number {
  let total = 0
  for (let i = 0; i < x.length; i++) total += x[i] * y[i]
  return total
}

export function groupsOf(visible: readonly VisibleGroup[]): Group[] {
  const groups: Group[] = []
  let start = 0
  for (const { kind, size } of visible) {
    const width = kind === 'count' ? 1 : size
    if (kind === 'softmax') groups.push({ kind, start, size, trials: 1 })
    else {
      for (let i = 0; i < width; i++) {
        groups.push({ kind, start: start + i, size: 1, trials: kind === 'count' ? size : 1 })
      }
    }
    start += width
  }
  return groups
}

/** The machine whose parameters a product scores with. */
export function machineOf(product: Product, prefix: 'experts' | 'average' = 'experts'): Machine {
  const tensors = product.tensors()
  const [hidden, width] = tensors[`${prefix}.w`].shape
  const w = Float64Array.from(tensors[`${prefix}.w`].data)
  const logVariance = tensors[`${prefix}.logVariance`]?.data
  return {
    visible: product.visible,
    replicas: Number(product.options.replicas),
    ...(logVariance && { logVariance: Float64Array.from(logVariance) }),
    w: Array.from({ length: hidden }, (_, j) => w.subarray(j * width, (j + 1) * width)),
    b: Float64Array.from(tensors[`${prefix}.b`].data),
    c: Float64Array.from(tensors[`${prefix}.c`].data),
  }
}

/** A machine with independent normal parameters of that standard deviation. */
export function randomMachine(
  visible: readonly VisibleGroup[],
  hidden: number,
  scale: number,
  uniform: () => number,
): Machine {
  const normal = () => scale * Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform())
  const width = widthOf(visible)
  return {
    visible,
    w: Array.from({ length: hidden }, () => Float64Array.from({ length: width }, normal)),
    b: Float64Array.from({ length: width }, normal),
    c: Float64Array.from({ length: hidden }, normal),
  }
}

/** Zeros where a value is missing: it is left out of every sum. */
const seen = (v: ArrayLike<number>) => Array.from(v, value => (Number.isNaN(value) ? 0 : value))

/** x = v / σ², and v of units without a variance. */
export function statistics({ visible, logVariance }: Machine, v: ArrayLike<number>): number[] {
  const values = seen(v)
  for (const { kind, start } of groupsOf(visible)) {
    if (kind === 'real') values[start] *= Math.exp(-(logVariance?.[start] ?? 0))
  }
  return values
}

/** The number of ways in which n of N units can be on, as a logarithm. */
export const logWays = (N: number, n: number) =>
  sum(Array.from({ length: n }, (_, k) => Math.log((N - k) / (k + 1))))

/** A_j(v) = c_j + Σ_i W_ji x_i */
export function hiddenInput(machine: Machine, v: ArrayLike<number>): number[] {
  const values = statistics(machine, v)
  return machine.w.map((row, j) => machine.c[j] + dot(values, row))
}

/** B_i(h) = b_i + Σ_j W_ji h_j */
export const visibleInput = (machine: Machine, h: ArrayLike<number>) =>
  Array.from(machine.b, (bias, i) => bias + sum(machine.w.map((row, j) => row[i] * h[j])))

/** p(h_j = 1 | v) */
export const hiddenMeans = (machine: Machine, v: ArrayLike<number>) => hiddenInput(machine, v).map(sigmoid)

/** log p of every value being one given the input of its unit: a sigmoid, or a softmax over its group; none of real units. */
export function visibleLogMeans(machine: Machine, input: readonly number[]): number[] {
  return groupsOf(machine.visible).flatMap(({ kind, start, size }) => {
    const logits = input.slice(start, start + size)
    if (kind === 'real') return [Number.NaN]
    if (kind !== 'softmax') return [-softplus(-logits[0])]
    const total = logSumExp(logits)
    return logits.map(logit => logit - total)
  })
}

/** The mean of every value given the hidden units: N σ(B) of a count, B of a real unit. */
export function visibleMeans(machine: Machine, h: ArrayLike<number>): number[] {
  const input = visibleInput(machine, h)
  const means = visibleLogMeans(machine, input).map(Math.exp)
  for (const { kind, start, trials } of groupsOf(machine.visible)) {
    means[start] = kind === 'real' ? input[start] : trials * means[start]
  }
  return means
}

/** What one group contributes without the hidden units: b·v, b n + log C(N, n), −(v − b)² / 2σ². */
function visibleTerm(machine: Machine, v: ArrayLike<number>, { kind, start, size, trials }: Group): number {
  const values = Array.from({ length: size }, (_, k) => v[start + k])
  if (values.some(Number.isNaN)) return 0
  if (kind === 'real') {
    return -((values[0] - machine.b[start]) ** 2) / 2 / Math.exp(machine.logVariance?.[start] ?? 0)
  }
  const ways = kind === 'count' ? logWays(trials, values[0]) : 0
  return dot(values, machine.b.subarray(start, start + size)) + ways
}

/** E(v, h) = −Σ of the visible terms − c·h − h·W x */
export const energy = (machine: Machine, v: ArrayLike<number>, h: ArrayLike<number>) =>
  -sum(groupsOf(machine.visible).map(group => visibleTerm(machine, v, group))) -
  dot(h, hiddenInput(machine, v))

/** F(v) = −Σ of the visible terms − K Σ_j log(1 + exp A_j(v)) */
export const freeEnergy = (machine: Machine, v: ArrayLike<number>) =>
  -sum(groupsOf(machine.visible).map(group => visibleTerm(machine, v, group))) -
  (machine.replicas ?? 1) * sum(hiddenInput(machine, v).map(softplus))

/** All settings of `count` binary units. */
export const binaryStates = (count: number) =>
  Array.from({ length: 2 ** count }, (_, code) => Array.from({ length: count }, (_, i) => (code >> i) & 1))

/** All values of a group that is not real. */
const choicesOf = ({ kind, size, trials }: Group) =>
  kind === 'softmax'
    ? Array.from({ length: size }, (_, k) => Array.from({ length: size }, (_, l) => Number(k === l)))
    : Array.from({ length: trials + 1 }, (_, n) => [n])

/** All visible configurations. */
export function visibleStates(visible: readonly VisibleGroup[]): number[][] {
  let states: number[][] = [[]]
  for (const group of groupsOf(visible)) {
    const choices = choicesOf(group)
    states = states.flatMap(state => choices.map(choice => [...state, ...choice]))
  }
  return states
}

/** log p(v) of every visible configuration, and log Z. */
export function distribution(machine: Machine): { logP: number[]; logZ: number } {
  const logs = visibleStates(machine.visible).map(v => -freeEnergy(machine, v))
  const logZ = logSumExp(logs)
  return { logP: logs.map(value => value - logZ), logZ }
}

/** log P(h | v) for every v (rows) and h (columns). */
export function hiddenGivenVisible(machine: Machine): number[][] {
  const states = binaryStates(machine.c.length)
  return visibleStates(machine.visible).map(v => {
    const input = hiddenInput(machine, v)
    return states.map(h => sum(h.map((on, j) => -softplus(on ? -input[j] : input[j]))))
  })
}

/** log P(v | h) for every h (rows) and v (columns). */
export function visibleGivenHidden(machine: Machine): number[][] {
  const states = visibleStates(machine.visible)
  const groups = groupsOf(machine.visible)
  return binaryStates(machine.c.length).map(h => {
    const input = visibleInput(machine, h)
    const on = visibleLogMeans(machine, input)
    const logOf = (v: readonly number[], { kind, start, size }: Group) => {
      if (kind === 'bernoulli') return v[start] ? on[start] : -softplus(input[start])
      return on[start + v.slice(start, start + size).indexOf(1)]
    }
    return states.map(v => sum(groups.map(group => logOf(v, group))))
  })
}

/** T(v, v') = Σ_h P(h | v) P(v' | h): one Gibbs step. */
export function transition(machine: Machine): number[][] {
  const up = hiddenGivenVisible(machine)
  const down = visibleGivenHidden(machine)
  return up.map(row => down[0].map((_, to) => sum(row.map((log, h) => Math.exp(log + down[h][to])))))
}

/** q T */
export const step = (q: readonly number[], kernel: readonly (readonly number[])[]) =>
  kernel[0].map((_, to) => sum(q.map((mass, from) => mass * kernel[from][to])))

/** All parameters in one vector: W row by row, b, c. */
export const parametersOf = (machine: Machine) =>
  machine.w.flatMap(row => Array.from(row)).concat(Array.from(machine.b), Array.from(machine.c))

export function withParameters(machine: Machine, parameters: readonly number[]): Machine {
  const width = machine.b.length
  const hidden = machine.c.length
  return {
    ...machine,
    w: machine.w.map((_, j) => Float64Array.from(parameters.slice(j * width, (j + 1) * width))),
    b: Float64Array.from(parameters.slice(hidden * width, (hidden + 1) * width)),
    c: Float64Array.from(parameters.slice((hidden + 1) * width)),
  }
}

/** ∂ log g / ∂ parameters of the whole product: (K σ(A_j) x_i, x_i − b_i / σ_i² or x_i, K σ(A_j)). */
export function gradient(machine: Machine, v: ArrayLike<number>): number[] {
  const values = statistics(machine, v)
  const means = hiddenMeans(machine, v).map(mean => (machine.replicas ?? 1) * mean)
  return [...means.flatMap(mean => values.map(value => mean * value)), ...values, ...means]
}

/** log p(state | all others) up to a constant: minus the free energy of the row with the group set to each of its states. */
function conditionalLogs(machine: Machine, v: ArrayLike<number>, group: Group): number[] {
  const withGroup = (values: readonly number[]) =>
    Object.assign(Array.from(v), Object.fromEntries(values.map((x, k) => [group.start + k, x])))
  return choicesOf(group).map(choice => -freeEnergy(machine, withGroup(choice)))
}

/** Where p(value | all others) of a real unit is largest, and −log of what it is at its own value relative to that. */
export function likeliest(machine: Machine, v: ArrayLike<number>, { start }: Group) {
  const log = (value: number) => -freeEnergy(machine, Object.assign(Array.from(v), { [start]: value }))
  const reach = machine.w.map(row => (machine.replicas ?? 1) * row[start])
  const [low, high] = [Math.min, Math.max].map(end => machine.b[start] + sum(reach.map(x => end(x, 0))))
  // A tenth of a deviation from point to point, and then a thousandth of that.
  const best = (from: number, to: number, points: number) =>
    Array.from({ length: points + 1 }, (_, k) => from + ((to - from) * k) / points).reduce((a, b) =>
      log(b) > log(a) ? b : a,
    )
  const gap = Math.exp((machine.logVariance?.[start] ?? 0) / 2) / 10
  const coarse = best(low, high, Math.ceil((high - low) / gap) + 1)
  const value = best(coarse - gap, coarse + gap, 2000)
  return { value, surprise: log(value) - log(v[start]) }
}

/** p(group | all others); of a real unit its likeliest value. */
export function conditional(machine: Machine, v: ArrayLike<number>, group: Group): number[] {
  if (group.kind === 'real') return [likeliest(machine, v, group).value]
  const logs = conditionalLogs(machine, v, group)
  const total = logSumExp(logs)
  const means = logs.map(log => Math.exp(log - total))
  return group.kind === 'bernoulli' ? [means[1]] : means
}

/** −Σ v log p over the states of each group, in nats; NaN where the group is missing. */
export function surprise(machine: Machine, v: ArrayLike<number>): number[] {
  return groupsOf(machine.visible).map(group => {
    const values = Array.from(v).slice(group.start, group.start + group.size)
    if (values.some(Number.isNaN)) return Number.NaN
    if (group.kind === 'real') return likeliest(machine, v, group).surprise
    const logs = conditionalLogs(machine, v, group)
    // From the log-odds: of a probability next to one, 1 − p has no digits left.
    if (group.kind === 'bernoulli') return softplus(logs[1] - logs[0]) - values[0] * (logs[1] - logs[0])
    const total = logSumExp(logs)
    if (group.kind === 'count') return total - logs[values[0]]
    return sum(values.map((value, k) => value * (total - logs[k])))
  })
}

/** Mean-field passes h = σ(A(v)), v = means of the visible units given h. */
export function reconstruct(machine: Machine, v: ArrayLike<number>, steps: number): number[] {
  let state = seen(v)
  const copies = machine.replicas ?? 1
  for (let i = 0; i < steps; i++) {
    const hidden = hiddenMeans(machine, state).map(mean => copies * mean)
    state = visibleMeans(machine, hidden)
  }
  return state
}

/** log p_j(v) of one expert, normalised over binary vectors: a mixture of the uniform and a factorial distribution. */
export function normalisedExpert(machine: Machine, j: number, v: readonly number[]): number {
  const on = machine.c[j] + sum(Array.from(machine.w[j], softplus))
  const off = machine.b.length * Math.LN2
  return softplus(machine.c[j] + dot(v, machine.w[j])) - logSumExp([off, on])
}

/** Put the machine's parameters into a product, as what it learns and as what it scores with. */
export function load(product: Product, machine: Machine): void {
  const tensors = product.tensors()
  for (const prefix of ['experts', 'average']) {
    if (!tensors[`${prefix}.w`]) continue
    tensors[`${prefix}.w`].data.set(machine.w.flatMap(row => Array.from(row)))
    tensors[`${prefix}.b`].data.set(machine.b)
    tensors[`${prefix}.c`].data.set(machine.c)
    if (machine.logVariance) tensors[`${prefix}.logVariance`].data.set(machine.logVariance)
  }
  product.restore(tensors)
}

/** The machine with every parameter rounded to float32, as the kernel holds it. */
export const rounded = (machine: Machine) => withParameters(machine, parametersOf(machine).map(Math.fround))
