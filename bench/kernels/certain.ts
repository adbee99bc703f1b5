/** No rival is timed that does not compute CD-1: one update against the float64 reference. */
import { uniforms } from '../../fixtures/random.ts'
import { hiddenMeans, type Machine, visibleMeans } from '../../test/reference/rbm.ts'
import type { Problem } from './problem.ts'
import type { Parameters, Rival } from './rival.ts'

const RATE = 0.1
/** Hidden inputs at the row: e^-20 of the probability is left to chance, about one sample in 10^9. */
const CERTAIN = 20

/**
 * A machine and one row for which the hidden sample is certain although weights are large and nothing else is: half of
 * the hidden units are on. `c` puts A_j at ±20 for this row; at its reconstruction A_j is anywhere.
 */
function certainProblem(width: number, hidden: number): Problem {
  const uniform = uniforms(width * hidden)
  const normal = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform())
  const rows = Float32Array.from({ length: width }, () => Number(uniform() < 0.2))
  const w = Float32Array.from({ length: hidden * width }, () => (20 / Math.sqrt(width)) * normal())
  const b = Float32Array.from({ length: width }, normal)
  const c = Float32Array.from({ length: hidden }, (_, j) => {
    const input = rows.reduce((sum, value, i) => sum + value * w[j * width + i], 0)
    return (uniform() < 0.5 ? CERTAIN : -CERTAIN) - input
  })
  return { width, hidden, w, b, c, rows }
}

/** The parameters after one update, in float64 (Hinton 2002, section 4). */
function updated({ width, hidden, w, b, c, rows }: Problem): {
  w: Float64Array
  b: Float64Array
  c: Float64Array
} {
  const machine: Machine = {
    visible: [{ kind: 'bernoulli', size: width }],
    w: Array.from({ length: hidden }, (_, j) => Float64Array.from(w.subarray(j * width, (j + 1) * width))),
    b: Float64Array.from(b),
    c: Float64Array.from(c),
  }
  const h0 = hiddenMeans(machine, rows)
  const v1 = visibleMeans(machine, h0.map(Math.round))
  const h1 = hiddenMeans(machine, v1)
  const next = machine.w.flatMap((row, j) =>
    Array.from(row, (x, i) => x + RATE * (h0[j] * rows[i] - h1[j] * v1[i])),
  )
  return {
    w: Float64Array.from(next),
    b: machine.b.map((x, i) => x + RATE * (rows[i] - v1[i])),
    c: machine.c.map((x, j) => x + RATE * (h0[j] - h1[j])),
  }
}

/**
 * The largest error of one update, in units of what float32 allows. An input A is a sum of D products of size 20/√D or
 * less: adding them up errs by at most D 2^-24 Σ|W v| < 20 D^1.5 2^-24, but roundings have no common sign, and √D of
 * them remain: 20 D 2^-24. A mean errs by a quarter of that at most. A parameter is rounded twice more.
 */
function worstError(
  found: Parameters,
  exact: ReturnType<typeof updated>,
  width: number,
  hidden: number,
): number {
  const means = 0.25 * 20 * Math.max(width, hidden) * 2 ** -24
  const errors = (['w', 'b', 'c'] as const).flatMap(name =>
    Array.from(
      exact[name],
      (x, i) => Math.abs(found[name][i] - x) / (RATE * means + 2 * 2 ** -23 * Math.abs(x)),
    ),
  )
  return errors.reduce((most, error) => Math.max(most, error), 0)
}

/** Throws when one update of a rival is not the reference's. */
export async function checkRival(rival: Rival, width: number, hidden: number): Promise<void> {
  if (!rival.comparable) return
  const problem = certainProblem(width, hidden)
  await rival.load(problem)
  await rival.learn(1, RATE)
  const error = worstError(await rival.parameters(), updated(problem), width, hidden)
  if (error <= 1) return
  throw new Error(
    `Expected one update of ${rival.name} at ${width}×${hidden} to be CD-1, got ${error} tolerances off.`,
  )
}
