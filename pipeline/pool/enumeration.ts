/** All settings of a small visible layer, one after the other. */
import type { Rows, VisibleGroup } from '../experts/product.ts'
import { groupsOf, setState } from '../transitions/groups.ts'
import { widthOf } from '../visible.ts'

/** How many settings a layer has; infinite with real units, sets and sequences. */
export function settingsOf(visible: readonly VisibleGroup[]): number {
  return groupsOf(visible).reduce((count, { states }) => count * (states || Number.POSITIVE_INFINITY), 1)
}

/** Every setting as a row: S × D numbers. */
export function enumerate(visible: readonly VisibleGroup[]): Rows {
  const groups = groupsOf(visible)
  const [count, width] = [settingsOf(visible), widthOf(visible)]
  const rows = new Float32Array(count * width)
  const row = new Float64Array(width)
  for (let setting = 0; setting < count; setting++) {
    let left = setting
    for (const group of groups) {
      setState(row, group, left % group.states)
      left = Math.floor(left / group.states)
    }
    rows.set(row, setting * width)
  }
  return rows
}
