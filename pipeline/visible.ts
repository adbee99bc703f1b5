/** What the kinds of visible units have in common, for everybody who walks along a row. */
import type { VisibleGroup } from './experts/product.ts'

/** Most different tokens of one group that a row holds. */
export const MOST_TOKENS = 64

/** Most symbols of one sequence in a row. */
export const MOST_SYMBOLS = 64

/** Shares of one may come out above it by a few roundings; the kernels draw the same line. */
const LARGEST_SHARE = 1.00001
const isShare = (value: number) => value >= 0 && value <= LARGEST_SHARE

interface UnitKind {
  /** How kernels know the kind. */
  readonly code: number
  /** The least `size` of a group. */
  readonly least: number
  /** Values that a group of this size takes up in a row. */
  values(size: number): number
  /** Groups that it counts for in `surprise`. */
  groups(size: number): number
  /** Values of `conditional` for one of them. */
  states(size: number): number
  /** May a value that is not missing stand there? */
  allows(value: number, size: number): boolean
  /** What is allowed, in words. */
  readonly expected: (size: number) => string
}

const isState = (value: number, size: number) => Number.isInteger(value) && value >= 0 && value < size
const shares = () => 'values in [0, 1]'
const states = (size: number) => `whole numbers from 0 to ${size - 1}`

/** By the kinds of `VisibleGroup`. */
export const unitKinds: Readonly<Record<VisibleGroup['kind'], UnitKind>> = {
  bernoulli: {
    code: 0,
    least: 1,
    values: size => size,
    groups: size => size,
    states: () => 1,
    allows: isShare,
    expected: shares,
  },
  softmax: {
    code: 1,
    least: 2,
    values: size => size,
    groups: () => 1,
    states: size => size,
    allows: isShare,
    expected: shares,
  },
  real: {
    code: 2,
    least: 1,
    values: size => size,
    groups: size => size,
    states: () => 1,
    allows: Number.isFinite,
    expected: () => 'finite values',
  },
  index: {
    code: 3,
    least: 2,
    values: () => 1,
    groups: () => 1,
    states: size => size,
    allows: isState,
    expected: states,
  },
  tokens: {
    code: 4,
    least: 2,
    values: () => MOST_TOKENS,
    groups: () => 1,
    states: size => size,
    allows: isState,
    expected: states,
  },
  count: {
    code: 5,
    least: 1,
    values: () => 1,
    groups: () => 1,
    states: size => size + 1,
    allows: (value, size) => Number.isInteger(value) && value >= 0 && value <= size,
    expected: size => `whole numbers from 0 to ${size}`,
  },
  sequence: {
    code: 6,
    least: 2,
    values: () => MOST_SYMBOLS,
    groups: () => 1,
    states: size => size,
    allows: isState,
    expected: states,
  },
}

const sumOver = (visible: readonly VisibleGroup[], count: 'values' | 'groups') =>
  visible.reduce((sum, { kind, size }) => sum + unitKinds[kind][count](size), 0)

/** D, the number of values of a row. */
export const widthOf = (visible: readonly VisibleGroup[]) => sumOver(visible, 'values')

/** G, the number of groups that `surprise` speaks of. */
export const groupCountOf = (visible: readonly VisibleGroup[]) => sumOver(visible, 'groups')

/** The number of values of `conditional` for each of the G groups. */
export function statesOf(visible: readonly VisibleGroup[]): Int32Array {
  return Int32Array.from(
    visible.flatMap(({ kind, size }) => {
      const { groups, states } = unitKinds[kind]
      return new Array<number>(groups(size)).fill(states(size))
    }),
  )
}

/** Which values a complete row has: all but those of sequences, where what is missing is an end or a gap. */
export function neededIn(visible: readonly VisibleGroup[]): (at: number) => boolean {
  if (!visible.some(({ kind }) => kind === 'sequence')) return () => true
  const needed = visible.flatMap(({ kind, size }) =>
    new Array<boolean>(unitKinds[kind].values(size)).fill(kind !== 'sequence'),
  )
  return at => needed[at]
}

/** The first value of a row that may not stand where it does, and what was expected there; null when there is none. */
export function misplaced(
  visible: readonly VisibleGroup[],
  row: ArrayLike<number>,
): { at: number; expected: string } | null {
  let at = 0
  for (const { kind, size } of visible) {
    const { values, allows, expected } = unitKinds[kind]
    for (const end = at + values(size); at < end; at++) {
      if (!Number.isNaN(row[at]) && !allows(row[at], size)) return { at, expected: expected(size) }
    }
  }
  return null
}
