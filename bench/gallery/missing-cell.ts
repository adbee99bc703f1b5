/**
 * Fifteen unigauss experts on clusters at the cells of a grid, one of which is empty: what they look like, and what they
 * generate (Hinton 2002, figures 1 and 2). Learned one row at a time.
 */
import { gridPoints } from '../../fixtures/grid.ts'
import type { Product } from '../../pipeline/experts/product.ts'
import { cellOf, HIGH, LOW, MISSING_CELL } from '../grid.ts'
import { online } from '../grid-learning.ts'
import type { Figure } from './figure.ts'

const GENERATED = 300
/** Points around an ellipse. */
const AROUND = 60

const pairs = (values: Float32Array) =>
  Array.from({ length: values.length / 2 }, (_, n) => ({ x: values[2 * n], y: values[2 * n + 1] }))

/** One standard deviation around the mean of every expert. */
function ellipses(product: Product) {
  const tensors = product.tensors()
  const [mean, spread] = ['mean', 'logVariance'].map(name => tensors[`experts.${name}`].data)
  return Array.from({ length: mean.length / 2 }, (_, m) =>
    Array.from({ length: AROUND + 1 }, (_, n) => {
      const angle = (2 * Math.PI * n) / AROUND
      const place = (i: number, unit: number) => mean[2 * m + i] + unit * Math.exp(spread[2 * m + i] / 2)
      return { expert: m, n, x: place(0, Math.cos(angle)), y: place(1, Math.sin(angle)) }
    }),
  ).flat()
}

const axis = (title: string) => ({
  type: 'quantitative' as const,
  axis: { title, grid: false },
  scale: { domain: [LOW, HIGH] },
})
const at = { x: { field: 'x', ...axis('x') }, y: { field: 'y', ...axis('y') } }
const size = { width: 340, height: 340 }

export const figure: Figure = {
  name: 'missing-cell',
  title: 'The product of fifteen unigauss experts invents the cell that it has never seen',
  async draw() {
    const points = gridPoints(12, 1)
    const product = online(points, 1)
    const generated = pairs(product.sample(GENERATED, 25)).map(point => ({
      ...point,
      missing: cellOf(point.x, point.y) === MISSING_CELL ? 'in the missing cell' : 'elsewhere',
    }))
    const outlines = ellipses(product)
    product.release()
    return {
      config: { aria: false },
      hconcat: [
        {
          ...size,
          title: 'Data, and one standard deviation of each expert',
          layer: [
            {
              data: { values: outlines },
              mark: { type: 'line', clip: true, strokeWidth: 1, color: '#4c78a8' },
              encoding: { ...at, order: { field: 'n' }, detail: { field: 'expert' } },
            },
            {
              data: { values: pairs(points) },
              mark: { type: 'point', filled: true, size: 8, color: 'black', opacity: 1 },
              encoding: at,
            },
          ],
        },
        {
          ...size,
          title: `${GENERATED} generated points, ${generated.filter(({ missing }) => missing !== 'elsewhere').length} of them in the missing cell`,
          data: { values: generated },
          mark: { type: 'point', filled: true, opacity: 1 },
          encoding: {
            ...at,
            color: {
              field: 'missing',
              scale: { domain: ['elsewhere', 'in the missing cell'], range: ['black', '#e45756'] },
              legend: null,
            },
            size: {
              field: 'missing',
              scale: { domain: ['elsewhere', 'in the missing cell'], range: [8, 30] },
              legend: null,
            },
          },
        },
      ],
    }
  },
}
