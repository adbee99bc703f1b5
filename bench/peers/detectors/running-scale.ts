/**
 * Standard deviation of every field over the rows so far, by Welford's update (Technometrics 1962).
 * A field that has been constant so far has scale 1, so that it takes part as soon as it wakes up.
 */
export class RunningScale {
  private count = 0
  private readonly mean: Float64Array
  private readonly squares: Float64Array
  /** What to divide each field by, (m); kept up to date by `learn`. */
  readonly scale: Float64Array

  constructor(width: number) {
    this.mean = new Float64Array(width)
    this.squares = new Float64Array(width)
    this.scale = new Float64Array(width).fill(1)
  }

  learn(row: Float64Array): void {
    this.count++
    for (let field = 0; field < row.length; field++) {
      const difference = row[field] - this.mean[field]
      this.mean[field] += difference / this.count
      this.squares[field] += difference * (row[field] - this.mean[field])
      this.scale[field] = Math.sqrt(this.squares[field] / this.count) || 1
    }
  }

  /** The row in units of the scales; not centred, for distances and ranges do not mind. */
  apply(row: Float64Array): Float64Array {
    return row.map((value, field) => value / this.scale[field])
  }
}
