/** What a linear code of images can do, for comparison: principal components by subspace iteration, in double precision. */
import { uniforms } from '../../fixtures/random.ts'
import type { Rows } from '../../pipeline/experts/product.ts'

/** Enough for an error that no longer changes in its third digit: what is left out lies far below what is kept. */
const ITERATIONS = 60

const dot = (x: Float64Array, y: Float64Array) => x.reduce((sum, each, i) => sum + each * y[i], 0)

/** Rows less `mean`, in double precision. */
const centred = (rows: Rows, width: number, mean: Float64Array) =>
  Array.from({ length: rows.length / width }, (_, n) =>
    Float64Array.from({ length: width }, (_, i) => rows[n * width + i] - mean[i]),
  )

function meanOf(rows: Rows, width: number): Float64Array {
  const mean = new Float64Array(width)
  for (let i = 0; i < rows.length; i++) mean[i % width] += (rows[i] * width) / rows.length
  return mean
}

function covariance(rows: readonly Float64Array[], width: number): Float64Array[] {
  const sums = Array.from({ length: width }, () => new Float64Array(width))
  for (const row of rows) {
    for (const [i, value] of row.entries()) {
      const sum = sums[i]
      for (let j = 0; j < width; j++) sum[j] += value * row[j]
    }
  }
  return sums
}

/** Make them unit vectors at right angles, in place, one after another (Gram and Schmidt). */
function orthonormalise(vectors: readonly Float64Array[]): void {
  for (const [k, vector] of vectors.entries()) {
    for (const before of vectors.slice(0, k)) {
      const along = dot(vector, before)
      for (let i = 0; i < vector.length; i++) vector[i] -= along * before[i]
    }
    const length = Math.sqrt(dot(vector, vector))
    for (let i = 0; i < vector.length; i++) vector[i] /= length
  }
}

/** The mean squared error of a value of `test` that the first `components` principal components of `train` leave. */
export function principalComponentsError(train: Rows, test: Rows, width: number, components: number): number {
  const mean = meanOf(train, width)
  const matrix = covariance(centred(train, width, mean), width)
  const uniform = uniforms(1)
  let axes = Array.from({ length: components }, () =>
    Float64Array.from({ length: width }, () => uniform() - 0.5),
  )
  for (let n = 0; n < ITERATIONS; n++) {
    axes = axes.map(axis => Float64Array.from(matrix, row => dot(row, axis)))
    orthonormalise(axes)
  }
  let sum = 0
  for (const row of centred(test, width, mean))
    sum += dot(row, row) - axes.reduce((kept, axis) => kept + dot(row, axis) ** 2, 0)
  return sum / test.length
}
