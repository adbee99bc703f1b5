/** What every product checks of what it is given. */
import type { Row, Rows, VisibleGroup } from './experts/product.ts'
import { kindOf } from './kernel-family.ts'
import { misplaced } from './visible.ts'

/** Refuse what is no multiple of the width. */
export function checkRows(rows: Rows, width: number): void {
  if (!(rows instanceof Float32Array)) {
    throw new TypeError(`Expected rows as a Float32Array, got ${kindOf(rows)}.`)
  }
  if (rows.length % width !== 0) {
    throw new RangeError(
      `Expected a multiple of ${width} values, the width of the product, got ${rows.length}.`,
    )
  }
}

/** Refuse what is not one row, and values that may not stand where they do. `of`: its number among several. */
export function checkRow(row: Row, width: number, visible: readonly VisibleGroup[], of = ''): void {
  if (row instanceof Float32Array && row.length !== width) {
    throw new RangeError(`Expected a row of ${width} values, the width of the product, got ${row.length}.`)
  }
  checkRows(row, width)
  const wrong = misplaced(visible, row)
  if (wrong === null) return
  throw new RangeError(
    `Expected ${wrong.expected}, or NaN for a missing one, got ${row[wrong.at]} at position ${wrong.at}${of}; ` +
      'scale or encode the data first.',
  )
}

export function checkComplete(row: Row): void {
  const missing = row.findIndex(Number.isNaN)
  if (missing >= 0)
    throw new RangeError(`Expected a complete row, got a missing value at position ${missing}.`)
}

/** Kernels count in 32 bits. */
const MOST_COUNT = 2 ** 31 - 1

export function checkCount(name: string, value: number, least: number): void {
  if (Number.isInteger(value) && value >= least && value <= MOST_COUNT) return
  throw new RangeError(`Expected ${name} as a whole number from ${least} to ${MOST_COUNT}, got ${value}.`)
}

/** What single precision holds, less what rounding may add. */
const LARGEST_VALUE = 3.4e38

/** A place of a search, which may be beyond single precision, as a value of a row; NaN stays what it is. */
export const asValue = (place: number) => Math.min(LARGEST_VALUE, Math.max(-LARGEST_VALUE, place))

export function checkGroup(group: number, count: number): void {
  if (Number.isInteger(group) && group >= 0 && group < count) return
  throw new RangeError(`Expected a group from 0 to ${count - 1}, got ${group}.`)
}

/** Hand rows over one by one, with what an error should say about which it was. */
export function eachRow(rows: Rows, width: number, take: (row: Row, of: string) => void): void {
  checkRows(rows, width)
  for (let at = 0; at < rows.length; at += width)
    take(rows.subarray(at, at + width), rows.length > width ? ` of row ${at / width}` : '')
}

/** Rows of `width` values back to back. */
export function joined(rows: readonly Row[], width: number): Rows {
  const all = new Float32Array(rows.length * width)
  for (const [n, row] of rows.entries()) all.set(row, n * width)
  return all
}
