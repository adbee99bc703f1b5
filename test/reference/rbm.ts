/**
 * The restricted Boltzmann machine by definition, in float64 and with everything enumerated. Slow on purpose: each
 * function is its formula, and nothing is shared with the kernel.
 *
 * D visible values, H hidden units, S visible configurations (2 for a Bernoulli unit, K for a softmax group).
 */
import type { Product, VisibleGroup } from '../../pipeline/experts/product.ts'

export interface Machine {
  readonly visible: readonly VisibleGroup[]
  /** (H, D) */
  readonly w: readonly Float64Array[]
  readonly b: Float64Array
  readonly c: Float64Array
}

/** A group as `surprise` counts them: every Bernoulli unit is one. */
export interface Group {
  readonly kind: VisibleGroup['kind']
  readonly start: number
  readonly size: number
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
    if (kind === 'softmax') groups.push({ kind, start, size })
    else for (let i = 0; i < size; i++) groups.push({ kind, start: start + i, size: 1 })
    start += size
  }
  return groups
}

/** The machine whose parameters a product scores with. */
export function machineOf(product: Product, prefix: 'experts' | 'average' = 'experts'): Machine {
  const tensors = product.tensors()
  const [hidden, width] = tensors[`${prefix}.w`].shape
  const w = Float64Array.from(tensors[`${prefix}.w`].data)
  return {
    visible: product.visible,
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
  const width = sum(visible.map(({ size }) => size))
  return {
    visible,
    w: Array.from({ length: hidden }, () => Float64Array.from({ length: width }, normal)),
    b: Float64Array.from({ length: width }, normal),
    c: Float64Array.from({ length: hidden }, normal),
  }
}

/** Zeros where a value is missing: it is left out of every sum. */
const seen = (v: ArrayLike<number>) => Array.from(v, value => (Number.isNaN(value) ? 0 : value))

/** A_j(v) = c_j + Σ_i W_ji v_i */
export function hiddenInput(machine: Machine, v: ArrayLike<number>): number[] {
  const values = seen(v)
  return machine.w.map((row, j) => machine.c[j] + dot(values, row))
}

/** B_i(h) = b_i + Σ_j W_ji h_j */
export const visibleInput = (machine: Machine, h: ArrayLike<number>) =>
  Array.from(machine.b, (bias, i) => bias + sum(machine.w.map((row, j) => row[i] * h[j])))

/** p(h_j = 1 | v) */
export const hiddenMeans = (machine: Machine, v: ArrayLike<number>) => hiddenInput(machine, v).map(sigmoid)

/** log p of every value being one given the input of its unit: a sigmoid, or a softmax over its group. */
export function visibleLogMeans(machine: Machine, input: readonly number[]): number[] {
  return groupsOf(machine.visible).flatMap(({ kind, start, size }) => {
    const logits = input.slice(start, start + size)
    if (kind === 'bernoulli') return [-softplus(-logits[0])]
    const total = logSumExp(logits)
    return logits.map(logit => logit - total)
  })
}

export const visibleMeans = (machine: Machine, h: ArrayLike<number>) =>
  visibleLogMeans(machine, visibleInput(machine, h)).map(Math.exp)

/** E(v, h) = −b·v − c·h − h·W v */
export const energy = (machine: Machine, v: ArrayLike<number>, h: ArrayLike<number>) =>
  -dot(seen(v), machine.b) - dot(h, hiddenInput(machine, v))

/** F(v) = −b·v − Σ_j log(1 + exp A_j(v)) */
export const freeEnergy = (machine: Machine, v: ArrayLike<number>) =>
  -dot(seen(v), machine.b) - sum(hiddenInput(machine, v).map(softplus))

/** All settings of `count` binary units. */
export const binaryStates = (count: number) =>
  Array.from({ length: 2 ** count }, (_, code) => Array.from({ length: count }, (_, i) => (code >> i) & 1))

/** All visible configurations. */
export function visibleStates(visible: readonly VisibleGroup[]): number[][] {
  let states: number[][] = [[]]
  for (const { kind, size } of groupsOf(visible)) {
    const choices =
      kind === 'bernoulli'
        ? [[0], [1]]
        : Array.from({ length: size }, (_, k) => Array.from({ length: size }, (_, l) => Number(k === l)))
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
    visible: machine.visible,
    w: machine.w.map((_, j) => Float64Array.from(parameters.slice(j * width, (j + 1) * width))),
    b: Float64Array.from(parameters.slice(hidden * width, (hidden + 1) * width)),
    c: Float64Array.from(parameters.slice((hidden + 1) * width)),
  }
}

/** ∂ log g / ∂ parameters of the whole product: (σ(A_j) v_i, v_i, σ(A_j)). */
export function gradient(machine: Machine, v: ArrayLike<number>): number[] {
  const values = seen(v)
  const means = hiddenMeans(machine, v)
  return [...means.flatMap(mean => values.map(value => mean * value)), ...values, ...means]
}

/** log p(state | all others) up to a constant: minus the free energy of the row with the group set to each of its states. */
function conditionalLogs(machine: Machine, v: ArrayLike<number>, { kind, start, size }: Group): number[] {
  const withGroup = (values: readonly number[]) =>
    Object.assign(Array.from(v), Object.fromEntries(values.map((x, k) => [start + k, x])))
  const choices =
    kind === 'bernoulli'
      ? [[0], [1]]
      : Array.from({ length: size }, (_, k) => Array.from({ length: size }, (_, l) => Number(k === l)))
  return choices.map(choice => -freeEnergy(machine, withGroup(choice)))
}

/** p(group | all others). */
export function conditional(machine: Machine, v: ArrayLike<number>, group: Group): number[] {
  const logs = conditionalLogs(machine, v, group)
  const total = logSumExp(logs)
  const means = logs.map(log => Math.exp(log - total))
  return group.kind === 'bernoulli' ? [means[1]] : means
}

/** −Σ v log p over the states of each group, in nats; NaN where the group is missing. */
export function surprise(machine: Machine, v: ArrayLike<number>): number[] {
  return groupsOf(machine.visible).map(group => {
    const values = Array.from(v).slice(group.start, group.start + group.size)
    const logs = conditionalLogs(machine, v, group)
    // From the log-odds: of a probability next to one, 1 − p has no digits left.
    if (group.kind === 'bernoulli') return softplus(logs[1] - logs[0]) - values[0] * (logs[1] - logs[0])
    const total = logSumExp(logs)
    return sum(values.map((value, k) => value * (total - logs[k])))
  })
}

/** Mean-field passes h = σ(A(v)), v = means of the visible units given h. */
export function reconstruct(machine: Machine, v: ArrayLike<number>, steps: number): number[] {
  let state = seen(v)
  for (let i = 0; i < steps; i++) state = visibleMeans(machine, hiddenMeans(machine, state))
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
  }
  product.restore(tensors)
}

/** The machine with every parameter rounded to float32, as the kernel holds it. */
export const rounded = (machine: Machine) => withParameters(machine, parametersOf(machine).map(Math.fround))
