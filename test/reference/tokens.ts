/**
 * The replicated softmax in float64 and by definition: sums over hidden units as they stand in the formulas, and over all
 * texts where a distribution is wanted. A text is a list of tokens, in order and with repetitions, of one group.
 */
import type { Product, Tensors } from '../../pipeline/experts/product.ts'

export interface Machine {
  /** w[k][j], what counts: scaled. */
  readonly w: number[][]
  readonly d: number[]
  readonly c: number[]
  /** How often each token was learned. */
  readonly counts: number[]
  /** What is usual for a length: F ≈ at + slope · (n − length). */
  readonly usual: { readonly at: number; readonly slope: number; readonly length: number }
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0)
export const sigmoid = (x: number) => 1 / (1 + Math.exp(-x))
const softplus = (x: number) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)))
export const logSumExp = (values: readonly number[]) => {
  const most = Math.max(...values)
  return most + Math.log(sum(values.map(value => Math.exp(value - most))))
}

/** Counts from nodes that hold sums: node i, from 1, those of (i − lowbit(i), i]. */
export function countsOf(tree: ArrayLike<number>): number[] {
  const upTo = (i: number): number => (i === 0 ? 0 : tree[i - 1] + upTo(i - (i & -i)))
  return Array.from({ length: tree.length }, (_, k) => upTo(k + 1) - upTo(k))
}

/** The nodes for counts. */
export function treeOf(counts: readonly number[]): number[] {
  return counts.map((_, k) => sum(counts.slice(k + 1 - ((k + 1) & -(k + 1)), k + 1)))
}

/** The machine of a product with one group. */
export function machineOf(product: Product): Machine {
  const tensors = product.tensors()
  const [, scale, length, at, variance, covariance] = tensors.counters.data
  const [, H] = tensors['experts.w'].shape
  const d = Array.from(tensors['experts.d'].data)
  return {
    w: d.map((_, k) => Array.from(tensors['experts.w'].data.subarray(k * H, (k + 1) * H), w => w * scale)),
    d,
    c: Array.from(tensors['experts.c'].data),
    counts: countsOf(tensors['base.tree'].data),
    usual: { at, slope: covariance / (variance + 0.1), length },
  }
}

/** Put a machine into a product of its shape. */
export function load(product: Product, { w, d, c, counts, usual }: Machine): void {
  const tensors: Tensors = product.tensors()
  tensors['experts.w'].data.set(w.flat())
  tensors['experts.d'].data.set(d)
  tensors['experts.c'].data.set(c)
  tensors['base.tree'].data.set(treeOf(counts))
  tensors['base.lengths'].data[0] = usual.length
  tensors.counters.data.set([0, 1, usual.length, usual.at, 1 - 0.1, usual.slope])
  product.restore(tensors)
}

/** A machine with parameters that float32 holds exactly, and counts from 0 to 9. */
export function randomMachine(S: number, H: number, size: number, uniform: () => number): Machine {
  const draw = (scale: number) =>
    Math.fround(scale * (uniform() + uniform() + uniform() + uniform() - 2) * Math.sqrt(3))
  return {
    w: Array.from({ length: S }, () => Array.from({ length: H }, () => draw(size))),
    d: Array.from({ length: S }, () => draw(0.5)),
    c: Array.from({ length: H }, () => draw(0.5)),
    counts: Array.from({ length: S }, () => Math.floor(10 * uniform())),
    usual: { at: 3, slope: 2, length: 2 },
  }
}

/** p0: (n_k + ½) / (n + ½ S). */
export function baseRates({ counts }: Machine): number[] {
  const n = sum(counts)
  return counts.map(count => (count + 0.5) / (n + 0.5 * counts.length))
}

/** A(v), with `n` for the number of tokens. */
export function drive({ w, c }: Machine, text: readonly number[], n = text.length): number[] {
  return c.map((bias, j) => n * bias + sum(text.map(k => w[k][j])))
}

export const hiddenMeans = (machine: Machine, text: readonly number[]) => drive(machine, text).map(sigmoid)

/** F(v), before what is usual for its length is taken away. */
export function rawEnergy(machine: Machine, text: readonly number[]): number {
  const base = baseRates(machine)
  const linear = sum(text.map(k => Math.log(base[k]) + machine.d[k]))
  return -linear - sum(drive(machine, text).map(softplus))
}

export function freeEnergy(machine: Machine, text: readonly number[]): number {
  const { at, slope, length } = machine.usual
  return text.length === 0 ? 0 : rawEnergy(machine, text) - at - slope * (text.length - length)
}

/** p(k | rest): by the free energies of the rest with each token. */
export function conditional(machine: Machine, rest: readonly number[]): number[] {
  const logits = machine.d.map((_, k) => -rawEnergy(machine, [...rest, k]))
  const total = logSumExp(logits)
  return logits.map(logit => Math.exp(logit - total))
}

/** The surprise of the token that surprises most. */
export function surprise(machine: Machine, text: readonly number[]): number {
  const each = text.map(
    (k, t) =>
      -Math.log(
        conditional(
          machine,
          text.filter((_, other) => other !== t),
        )[k],
      ),
  )
  return Math.max(...each)
}

/** p(v_t = k | h), the same for every place. */
export function tokenMeans(machine: Machine, hidden: readonly number[]): number[] {
  const base = baseRates(machine)
  const logits = machine.w.map(
    (row, k) => Math.log(base[k]) + machine.d[k] + sum(row.map((w, j) => w * hidden[j])),
  )
  const total = logSumExp(logits)
  return logits.map(logit => Math.exp(logit - total))
}

/** All texts of n tokens from S. */
export function textsOf(S: number, n: number): number[][] {
  if (n === 0) return [[]]
  return textsOf(S, n - 1).flatMap(text => Array.from({ length: S }, (_, k) => [...text, k]))
}

/** p of each of them. */
export function distribution(machine: Machine, n: number): number[] {
  const energies = textsOf(machine.d.length, n).map(text => -rawEnergy(machine, text))
  const total = logSumExp(energies)
  return energies.map(energy => Math.exp(energy - total))
}

/** All states of H hidden units with p(h | v). */
export function hiddenStates(machine: Machine, text: readonly number[]): { h: number[]; p: number }[] {
  const means = hiddenMeans(machine, text)
  return Array.from({ length: 2 ** means.length }, (_, code) => {
    const h = means.map((_, j) => (code >> j) & 1)
    return { h, p: means.reduce((p, mean, j) => p * (h[j] ? mean : 1 - mean), 1) }
  })
}

/** from × to: one token given h by `proposals` proposals from p0, each taken with min(1, ratio of p(·|h) / p0). */
export function tokenTransitions(machine: Machine, hidden: readonly number[], proposals: number): number[][] {
  const base = baseRates(machine)
  const target = tokenMeans(machine, hidden)
  const one = target.map((own, from) => {
    const row = target.map((other, to) => base[to] * Math.min(1, (other * base[from]) / (own * base[to])))
    row[from] = 0
    row[from] = 1 - sum(row)
    return row
  })
  let all = one
  for (let p = 1; p < proposals; p++)
    all = all.map(row => one.map((_, to) => sum(row.map((x, k) => x * one[k][to]))))
  return all
}

/** from × to over all texts of n tokens: h ~ p(h | v), then every token given h. */
export function transitions(machine: Machine, n: number, proposals: number): number[][] {
  const texts = textsOf(machine.d.length, n)
  return texts.map(from => {
    const row = texts.map(() => 0)
    for (const { h, p } of hiddenStates(machine, from)) {
      const token = tokenTransitions(machine, h, proposals)
      for (const [i, to] of texts.entries())
        row[i] += to.reduce((product, k, t) => product * token[from[t]][k], p)
    }
    return row
  })
}
