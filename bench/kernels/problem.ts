/** Rows and parameters from seeds: the same for everyone who takes part. */
import { uniforms } from '../../fixtures/random.ts'
import type { VisibleGroup } from '../../pipeline/experts/product.ts'
import type { Size } from './kernel.ts'

/** A machine and the rows to learn from: w is (H, D), rows are (B, D). */
export interface Problem {
  readonly width: number
  readonly hidden: number
  readonly w: Float32Array
  readonly b: Float32Array
  readonly c: Float32Array
  readonly rows: Float32Array
}

/** Rows that everyone goes round and round: more of the narrow ones, for a call has a cost of its own. */
export const rowCount = (width: number) => (width < 512 ? 256 : 64)

/** Of Bernoulli units a fifth are on, of a softmax group one state is. */
export function rowsOf(visible: readonly VisibleGroup[], count: number, uniform: () => number): Float32Array {
  const one = () =>
    visible.flatMap(({ kind, size }) => {
      const state = kind === 'softmax' ? Math.floor(uniform() * size) : -1
      return Array.from({ length: size }, (_, k) =>
        Number(kind === 'softmax' ? k === state : uniform() < 0.2),
      )
    })
  const rows = Array.from({ length: count }, one)
  const out = new Float32Array(count * rows[0].length)
  for (const [n, row] of rows.entries()) out.set(row, n * row.length)
  return out
}

/** Small weights: every second hidden unit is on, which is the most work. */
export function problemOf({ width, hidden, visible }: Size): Problem {
  const uniform = uniforms(1)
  const w = new Float32Array(hidden * width)
  for (let k = 0; k < w.length; k++) w[k] = 0.02 * (uniform() - 0.5)
  return {
    width,
    hidden,
    w,
    b: new Float32Array(width),
    c: new Float32Array(hidden),
    rows: rowsOf(visible, rowCount(width), uniform),
  }
}

/** Independent normal numbers (Box and Muller 1958). */
export function normals(uniform: () => number, length: number, deviation: number): Float32Array {
  return Float32Array.from(
    { length },
    () => deviation * Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
  )
}

/** Parameters for checks: inputs of hidden and visible units are a few units large, so that no mean is certain. */
export function checkProblem(size: Size, count: number, seed: number): Problem {
  const { width, hidden, visible } = size
  const uniform = uniforms(seed)
  const rows = rowsOf(visible, count, uniform)
  const on = Math.max(1, rows.reduce((sum, value) => sum + value, 0) / count)
  return {
    width,
    hidden,
    w: normals(uniform, hidden * width, 2 / Math.sqrt(Math.max(on, hidden / 2))),
    b: normals(uniform, width, 1),
    c: normals(uniform, hidden, 1),
    rows,
  }
}

/** Go through the rows in order, from the first again after the last, in calls of as many as there are. */
export function inCalls(rows: Float32Array, width: number, work: (rows: Float32Array) => void) {
  const total = rows.length / width
  return (count: number): number => {
    for (let done = 0; done < count; done += total) {
      work(count - done >= total ? rows : rows.subarray(0, (count - done) * width))
    }
    return count
  }
}

/** The same, a row a call. */
export function oneByOne(rows: Float32Array, width: number, work: (row: Float32Array) => void) {
  const views = Array.from({ length: rows.length / width }, (_, k) =>
    rows.subarray(k * width, (k + 1) * width),
  )
  return (count: number): number => {
    for (let k = 0; k < count; k++) work(views[k % views.length])
    return count
  }
}
