/** Two sources with heavy tails that were mixed: the axes that variance shows, and those that Student-t experts learn. */
import { uniforms } from '../../fixtures/random.ts'
import type { Rows } from '../../pipeline/experts/product.ts'
import { student } from '../../pipeline/experts/student.ts'
import type { Figure } from './figure.ts'

type Axis = readonly [number, number]

/** Where the two sources lead to: the columns of the mixing matrix. */
const SOURCES: readonly Axis[] = [
  [1, 0.35],
  [0.35, 0.8],
]
const ROWS = 6000
/** Points that are drawn. */
const SHOWN = 360
/** Half the width of the picture. */
const REACH = 9

/** t with two degrees of freedom, by inversion. */
function heavy(uniform: () => number): number {
  const u = 2 * uniform() - 1
  return u * Math.sqrt(2 / (1 - u * u))
}

function mixed(): Rows {
  const uniform = uniforms(5)
  return Float32Array.from(
    Array.from({ length: ROWS }, () => {
      const [s, t] = [heavy(uniform), heavy(uniform)]
      return [0, 1].map(i => SOURCES[0][i] * s + SOURCES[1][i] * t)
    }).flat(),
  )
}

/** Eigenvectors of the covariance. */
function principalAxes(rows: Rows): Axis[] {
  let [xx, xy, yy] = [0, 0, 0]
  for (let at = 0; at < rows.length; at += 2) {
    xx += rows[at] ** 2
    xy += rows[at] * rows[at + 1]
    yy += rows[at + 1] ** 2
  }
  const angle = Math.atan2(2 * xy, xx - yy) / 2
  return [
    [Math.cos(angle), Math.sin(angle)],
    [-Math.sin(angle), Math.cos(angle)],
  ]
}

/** Columns of J⁻¹: what one source alone does to the values. */
function learnedAxes(rows: Rows): Axis[] {
  const product = student.create([{ kind: 'real', size: 2 }], { vague: 0 })
  product.initialise(rows)
  product.learnMany(rows)
  const [a, b, c, d] = product.tensors()['experts.j'].data
  product.release()
  return [
    [d, -c],
    [-b, a],
  ]
}

/** The ends of a line through the middle, out of the picture on both sides. */
function line(axis: Axis, what: string, name: string) {
  const length = Math.hypot(...axis)
  return [-1, 1].map(sign => ({
    what,
    name,
    x: (2 * sign * REACH * axis[0]) / length,
    y: (2 * sign * REACH * axis[1]) / length,
  }))
}

const lines = (axes: readonly Axis[], what: string) =>
  axes.flatMap((axis, n) => line(axis, what, `${what} ${n}`))

function panel(title: string, points: object[], axes: object[]) {
  const scale = { domain: [-REACH, REACH] }
  const [x, y] = ['x', 'y'].map(field => ({ field, type: 'quantitative' as const, scale, title: null }))
  return {
    title,
    width: 300,
    height: 300,
    layer: [
      {
        data: { values: points },
        mark: { type: 'circle' as const, aria: false, size: 9, color: '#8a8a8a', opacity: 0.6, clip: true },
        encoding: { x, y },
      },
      {
        data: { values: axes },
        mark: { type: 'line' as const, strokeWidth: 2.5, clip: true },
        encoding: {
          x,
          y,
          detail: { field: 'name' },
          color: {
            field: 'what',
            title: null,
            scale: { domain: ['sources', 'found'], range: ['#1f77b4', '#d62728'] },
          },
          strokeDash: {
            field: 'what',
            title: null,
            scale: {
              domain: ['sources', 'found'],
              range: [
                [1, 0],
                [6, 4],
              ],
            },
          },
        },
      },
    ],
  }
}

export const figure: Figure = {
  name: 'student',
  title: 'Two mixed sources with heavy tails: the directions found in 6,000 rows, seen once',
  draw: async () => {
    const rows = mixed()
    const points = Array.from({ length: SHOWN }, (_, n) => ({
      x: Number(rows[2 * n].toFixed(2)),
      y: Number(rows[2 * n + 1].toFixed(2)),
    })).filter(({ x, y }) => Math.abs(x) < REACH && Math.abs(y) < REACH)
    const sources = lines(SOURCES, 'sources')
    return {
      hconcat: [
        panel('Principal components', points, [...sources, ...lines(principalAxes(rows), 'found')]),
        panel('Student-t experts', points, [...sources, ...lines(learnedAxes(rows), 'found')]),
      ],
    }
  },
}
