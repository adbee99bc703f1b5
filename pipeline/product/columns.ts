/** How the rows of several products make one: which column of the common row each value of a member is. */
import type { Product, VisibleGroup } from '../experts/product.ts'
import { type Group, groupsOf } from '../transitions/groups.ts'

/** For each member the column of the common row that each of its values stands in. */
export type Fields = readonly (readonly number[])[]

/** One member's view of a group of the common row. */
export interface View {
  /** Index of the member, and the number of the group among its own. */
  readonly member: number
  readonly group: number
  /** Where the group begins in the member's row. */
  readonly start: number
}

/** A group of the common row and who looks at it. */
export interface SharedGroup extends Group {
  readonly views: readonly View[]
}

export interface Columns {
  readonly visible: readonly VisibleGroup[]
  readonly width: number
  readonly groups: readonly SharedGroup[]
  /** Per member, in its own order. */
  readonly columns: readonly Int32Array[]
  /** Members that are held together by columns they have in common: lists of their indices. */
  readonly parts: readonly (readonly number[])[]
}

const titleOf = (members: readonly Product[], index: number) => `member ${index} (${members[index].family})`

/** Refuse columns that are not one whole number for each value. */
function checkFields(members: readonly Product[], fields: Fields): void {
  if (fields.length !== members.length) {
    throw new RangeError(
      `Expected fields for each of the ${members.length} members, got ${fields.length} lists of columns.`,
    )
  }
  for (const [index, columns] of fields.entries()) {
    const { width } = members[index]
    const areColumns = columns.every(column => Number.isInteger(column) && column >= 0)
    if (columns.length === width && areColumns && new Set(columns).size === width) continue
    throw new RangeError(
      `Expected ${width} different columns, from 0 on, for ${titleOf(members, index)}, got [${columns.join(', ')}].`,
    )
  }
}

function checkContiguous(
  members: readonly Product[],
  member: number,
  columns: readonly number[],
  group: Group,
) {
  for (let i = 1; i < group.values; i++) {
    if (columns[group.start + i] === columns[group.start] + i) continue
    throw new RangeError(
      `Expected the ${group.values} values of a ${group.kind} group of ${titleOf(members, member)} in columns one ` +
        `after the other, got ${columns.slice(group.start, group.start + group.values).join(', ')}.`,
    )
  }
}

/** Groups by the column that they begin at, with everybody who looks at them. */
function collect(members: readonly Product[], fields: Fields): Map<number, SharedGroup> {
  const found = new Map<number, SharedGroup>()
  for (const [member, { visible }] of members.entries()) {
    for (const [number, group] of groupsOf(visible).entries()) {
      checkContiguous(members, member, fields[member], group)
      const start = fields[member][group.start]
      const view = { member, group: number, start: group.start }
      const other = found.get(start)
      if (other && (other.kind !== group.kind || other.size !== group.size)) {
        throw new RangeError(
          `Expected members that look at column ${start} in one way, got ${other.kind} of ${other.size} by ` +
            `${titleOf(members, other.views[0].member)} and ${group.kind} of ${group.size} by ${titleOf(members, member)}.`,
        )
      }
      if (other && group.states === 0 && group.kind !== 'real') {
        throw new RangeError(
          `Expected ${group.kind} of column ${start} to be one member's, got ${titleOf(members, member)} besides ` +
            `${titleOf(members, other.views[0].member)}; give them columns of their own in the option fields.`,
        )
      }
      found.set(start, { ...group, start, views: [...(other?.views ?? []), view] })
    }
  }
  return found
}

/** Groups in the order of the row, which they fill. */
function inOrder(found: Map<number, SharedGroup>): SharedGroup[] {
  const groups = [...found.values()].sort((a, b) => a.start - b.start)
  let next = 0
  for (const group of groups) {
    if (group.start !== next) {
      throw new RangeError(
        `Expected columns that fill a row, got ${group.start < next ? 'groups that overlap' : 'none'} at column ` +
          `${Math.min(next, group.start)}.`,
      )
    }
    next += group.values
  }
  return groups
}

/** Which members are held together: those who share a column, and those who share one with one of them. */
function partsOf(count: number, groups: readonly SharedGroup[]): number[][] {
  const part = Array.from({ length: count }, (_, member) => member)
  for (const { views } of groups) {
    for (const { member } of views) {
      const [from, to] = [part[member], part[views[0].member]]
      for (let i = 0; i < count; i++) if (part[i] === from) part[i] = to
    }
  }
  const first = [...new Set(part)]
  return first.map(each => part.flatMap((own, member) => (own === each ? [member] : [])))
}

/** @throws RangeError for columns that do not go together */
export function columnsOf(members: readonly Product[], fields?: Fields): Columns {
  const given = fields ?? members.map(({ width }) => Array.from({ length: width }, (_, i) => i))
  if (!fields && new Set(members.map(({ width }) => width)).size > 1) {
    throw new RangeError(
      `Expected members over the same row, got widths ${members.map(({ width }) => width).join(', ')}; ` +
        'say in the option fields which columns each of them looks at.',
    )
  }
  checkFields(members, given)
  const groups = inOrder(collect(members, given))
  const visible = groups.map(({ kind, size }) => ({ kind, size }))
  return {
    visible: fields ? visible : members[0].visible,
    width: groups.reduce((sum, { values }) => sum + values, 0),
    groups,
    columns: given.map(columns => Int32Array.from(columns)),
    parts: partsOf(members.length, groups),
  }
}
