/**
 * The slope of a line through points by least squares, and its standard error (residual variance over the sum of squared
 * distances from the mean, with two degrees of freedom spent). Both are NaN for fewer than three points.
 */
export function slopeOf(points: readonly (readonly [x: number, y: number])[]): {
  slope: number
  error: number
} {
  const n = points.length
  if (n < 3) return { slope: Number.NaN, error: Number.NaN }
  const mean = (pick: 0 | 1) => points.reduce((sum, point) => sum + point[pick], 0) / n
  const [x0, y0] = [mean(0), mean(1)]
  const sum = (term: (x: number, y: number) => number) =>
    points.reduce((total, [x, y]) => total + term(x - x0, y - y0), 0)
  const squares = sum(x => x * x)
  const slope = sum((x, y) => x * y) / squares
  const residuals = sum((x, y) => (y - slope * x) ** 2)
  return { slope, error: Math.sqrt(residuals / (n - 2) / squares) }
}
