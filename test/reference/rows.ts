/** Rows for tests: everything that a visible layer may be given. */
import type { VisibleGroup } from '../../pipeline/experts/product.ts'
import { unitKinds, widthOf } from '../../pipeline/visible.ts'

type Uniform = () => number

/** What a group of each kind may have in a row, `size` being its size. */
const draws: Readonly<Record<VisibleGroup['kind'], (size: number, uniform: Uniform) => number[]>> = {
  bernoulli: (size, uniform) =>
    Array.from({ length: size }, () => (uniform() < 0.3 ? uniform() : Number(uniform() < 0.5))),
  softmax: shared,
  real: (size, uniform) => Array.from({ length: size }, () => 40 * (uniform() + uniform() + uniform()) - 60),
  index: (size, uniform) => [Math.floor(uniform() * size)],
  tokens,
  count: (size, uniform) => [Math.floor(uniform() * (size + 1))],
  sequence,
}

/** One-hot, or shared between two neighbours. */
function shared(size: number, uniform: Uniform): number[] {
  const state = Math.floor(uniform() * (size - 1))
  const share = uniform() < 0.5 ? 0 : uniform()
  return Array.from({ length: size }, (_, k) => (k === state ? 1 - share : k === state + 1 ? share : 0))
}

/** One to eight different units, in ascending order. */
function tokens(size: number, uniform: Uniform): number[] {
  const count = 1 + Math.floor(uniform() * Math.min(8, size))
  const active = new Set(Array.from({ length: count }, () => Math.floor(uniform() * size)))
  const values = new Array<number>(unitKinds.tokens.values(size)).fill(Number.NaN)
  for (const [place, unit] of [...active].sort((a, b) => a - b).entries()) values[place] = unit
  return values
}

/** Two to twelve symbols, one of which may be missing. */
function sequence(size: number, uniform: Uniform): number[] {
  const length = 2 + Math.floor(uniform() * 11)
  const hole = uniform() < 0.2 ? Math.floor(uniform() * (length - 1)) : -1
  return Array.from({ length: unitKinds.sequence.values(size) }, (_, t) => {
    const symbol = Math.floor(uniform() * size)
    return t < length && t !== hole ? symbol : Number.NaN
  })
}

/** Each value of a group of several ones may be missing, a group of states as a whole. */
function group({ kind, size }: VisibleGroup, uniform: Uniform, missing: number): number[] {
  const values = draws[kind](size, uniform)
  const isMissing = () => uniform() < missing
  if (unitKinds[kind].groups(size) === values.length && values.length > 1)
    return values.map(value => (isMissing() ? Number.NaN : value))
  return isMissing() ? values.fill(Number.NaN) : values
}

/** A row of the layer, some of it missing. */
export function randomRow(visible: readonly VisibleGroup[], uniform: Uniform, missing = 0): Float32Array {
  return Float32Array.from(visible.flatMap(each => group(each, uniform, missing)))
}

/** `count` such rows back to back. */
export function randomRows(
  visible: readonly VisibleGroup[],
  count: number,
  uniform: Uniform,
  missing = 0,
): Float32Array {
  const width = widthOf(visible)
  const rows = new Float32Array(count * width)
  for (let at = 0; at < rows.length; at += width) rows.set(randomRow(visible, uniform, missing), at)
  return rows
}

/** A row by its groups, as `surprise` counts them. */
export function groupsOf(visible: readonly VisibleGroup[], row: Float32Array) {
  let at = 0
  return visible.flatMap(({ kind, size }) => {
    const { values, groups } = unitKinds[kind]
    const each = values(size) / groups(size)
    return Array.from({ length: groups(size) }, () => {
      at += each
      return { kind, values: row.subarray(at - each, at) }
    })
  })
}

/** The row with sequences of the most symbols, the same ones over and over: what is said of them depends on their length. */
export function asLong(visible: readonly VisibleGroup[], row: Float32Array): Float32Array {
  const long = row.slice()
  let at = 0
  for (const { kind, size } of visible) {
    const end = at + unitKinds[kind].values(size)
    const symbols = row.subarray(at, end).filter(value => !Number.isNaN(value))
    if (kind === 'sequence') for (let t = at; t < end; t++) long[t] = symbols[(t - at) % symbols.length]
    at = end
  }
  return long
}
