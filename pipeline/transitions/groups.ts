/** The groups of a visible layer one by one, as `surprise` counts them, for whoever asks an energy about their states. */
import type { VisibleGroup } from '../experts/product.ts'
import { unitKinds } from '../visible.ts'

export interface Group {
  readonly kind: VisibleGroup['kind']
  /** Of the group, as it stands in the layer; 1 for a unit that is a group of its own. */
  readonly size: number
  /** Its first value in a row, and how many they are. */
  readonly start: number
  readonly values: number
  /** How many states it has; 0 where they cannot be enumerated: real numbers, sets and sequences. */
  readonly states: number
}

const statesOf: Readonly<Record<VisibleGroup['kind'], (size: number) => number>> = {
  bernoulli: () => 2,
  softmax: size => size,
  index: size => size,
  count: size => size + 1,
  real: () => 0,
  tokens: () => 0,
  sequence: () => 0,
}

/** G groups in the order of the row. */
export function groupsOf(visible: readonly VisibleGroup[]): Group[] {
  const groups: Group[] = []
  let start = 0
  for (const { kind, size } of visible) {
    const parts = unitKinds[kind].groups(size)
    const values = unitKinds[kind].values(size) / parts
    const own = parts === size && kind !== 'count' ? 1 : size
    for (let part = 0; part < parts; part++, start += values)
      groups.push({ kind, size: own, start, values, states: statesOf[kind](own) })
  }
  return groups
}

/** Put a group into one of its states. */
export function setState(row: Float64Array, { kind, start, values }: Group, state: number): void {
  if (kind !== 'softmax') row[start] = state
  else for (let k = 0; k < values; k++) row[start + k] = Number(k === state)
}

/** Is a group missing from a row? A group of several values is when any of them is; of sets and sequences when all are. */
export function isMissing(row: ArrayLike<number>, { start, values, kind }: Group): boolean {
  const isSet = kind === 'tokens' || kind === 'sequence'
  for (let i = start; i < start + values; i++) if (Number.isNaN(row[i]) !== isSet) return !isSet
  return isSet
}
