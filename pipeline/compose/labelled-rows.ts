/** Rows with their classes. */
import type { Row, Rows, VisibleGroup } from '../experts/product.ts'
import { checkRow, checkRows, eachRow } from '../rows.ts'
import type { Label } from './classifier-options.ts'

/** Hand B rows over one by one, each with its label; refuses others than B labels, and a row when it comes to it. */
export function eachLabelled(
  rows: Rows,
  labels: ArrayLike<Label>,
  { width, visible }: { readonly width: number; readonly visible: readonly VisibleGroup[] },
  take: (row: Row, label: Label) => void,
): void {
  checkRows(rows, width)
  const count = rows.length / width
  if (labels?.length !== count)
    throw new RangeError(`Expected ${count} labels, one a row, got ${labels?.length}.`)
  let n = 0
  eachRow(rows, width, (row, of) => {
    checkRow(row, width, visible, of)
    take(row, labels[n++])
  })
}
