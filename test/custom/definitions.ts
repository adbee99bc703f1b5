/** Energies for tests, small enough to integrate. */
import type { CustomDefinition, Parameters } from '../../pipeline/custom/definition.ts'

/** One Gaussian a column, of mean m and precision e^s: f = −½ Σ e^s (v − m)². */
export const bells: CustomDefinition = {
  name: 'bells',
  parameters: ({ width }) => ({ m: new Float64Array(width), s: new Float64Array(width).fill(-6) }),
  logDensity: (row, { m, s }) =>
    row.reduce((sum, value, i) => sum - (Math.exp(s[i]) * (value - m[i]) ** 2) / 2, 0),
  rowGradient(row, { m, s }, gradient) {
    for (let i = 0; i < row.length; i++) gradient[i] = -Math.exp(s[i]) * (row[i] - m[i])
  },
  parameterGradient(row, { m, s }, gradient) {
    for (let i = 0; i < row.length; i++) {
      const off = row[i] - m[i]
      gradient.m[i] = Math.exp(s[i]) * off
      gradient.s[i] = (-Math.exp(s[i]) * off * off) / 2
    }
  },
  project({ s }) {
    for (let i = 0; i < s.length; i++) s[i] = Math.min(8, Math.max(-8, s[i]))
  },
  initialise(rows, { m }) {
    m.fill(0)
    for (const row of rows) for (let i = 0; i < m.length; i++) m[i] += row[i] / rows.length
  },
}

/** Two columns along a parabola: f = −½ (x/w)² − ½ (y − a x² − b)² / d². */
export const banana: CustomDefinition = {
  name: 'banana',
  parameters: () => ({ shape: Float64Array.of(0, 0), scale: Float64Array.of(1, 1) }),
  logDensity: ([x, y], { shape: [a, b], scale: [w, d] }) =>
    -0.5 * ((x / w) ** 2 + ((y - a * x * x - b) / d) ** 2),
  rowGradient([x, y], { shape: [a, b], scale: [w, d] }, gradient) {
    const off = (y - a * x * x - b) / (d * d)
    gradient[0] = -x / (w * w) + 2 * a * x * off
    gradient[1] = -off
  },
  parameterGradient([x, y], { shape: [a, b], scale: [w, d] }, gradient) {
    const off = (y - a * x * x - b) / (d * d)
    gradient.shape[0] = x * x * off
    gradient.shape[1] = off
    gradient.scale[0] = (x * x) / w ** 3
    gradient.scale[1] = off * off * d
  },
  project({ scale }) {
    for (let i = 0; i < 2; i++) scale[i] = Math.max(0.05, scale[i])
  },
}

/** Which state goes with which number: f = b_k + w_k x − ½ x² over a group of K states and one number. */
export const switches: CustomDefinition = {
  name: 'switches',
  units: ['softmax', 'real'],
  parameters: ({ width }) => ({ b: new Float64Array(width - 1), w: new Float64Array(width - 1) }),
  logDensity(row, { b, w }) {
    const x = row[b.length]
    return b.reduce((sum, bias, k) => sum + row[k] * (bias + w[k] * x), -(x * x) / 2)
  },
  rowGradient(row, { b, w }, gradient) {
    const x = row[b.length]
    gradient[b.length] = w.reduce((sum, weight, k) => sum + row[k] * weight, -x)
  },
  parameterGradient(row, { b }, gradient) {
    for (let k = 0; k < b.length; k++) {
      gradient.b[k] = row[k]
      gradient.w[k] = row[k] * row[b.length]
    }
  },
}

/** A copy with one thing changed. */
export const altered = (
  definition: CustomDefinition,
  change: Partial<CustomDefinition>,
): CustomDefinition => ({
  ...definition,
  ...change,
})

export const parametersOf = (tensors: Record<string, { data: ArrayLike<number> }>): Parameters =>
  Object.fromEntries(
    Object.entries(tensors)
      .filter(([name]) => name.startsWith('experts.'))
      .map(([name, { data }]) => [name.slice('experts.'.length), Float64Array.from(data)]),
  )
