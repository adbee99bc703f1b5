/**
 * Nine modes from six components: data of three clusters in each of two fields, what a product of two experts of three
 * components makes of it, and what one mixture of six components does.
 */
import type { TopLevelSpec } from 'vega-lite'
import { uniforms } from '../../fixtures/random.ts'
import { mixture } from '../../pipeline/experts/mixture.ts'
import type { Figure } from './figure.ts'

const SHOWN = 230

/** Three clusters in each field, independent of each other. */
function data(count: number, seed: number): Float32Array {
  const uniform = uniforms(seed)
  const bell = () => uniform() + uniform() + uniform() + uniform() - 2
  const cluster = () => {
    const side = uniform()
    return (side < 0.3 ? -4 : side < 0.7 ? 0 : 4) + 1.2 * bell()
  }
  return Float32Array.from({ length: 2 * count }, cluster)
}

/** Draws from what is learned of the rows, one row after the other. */
function learned(rows: Float32Array, experts: number, components: number): Float32Array {
  const product = mixture.create([{ kind: 'real', size: 2 }], { experts, components })
  product.initialise(rows.subarray(0, 1000))
  product.learnMany(rows)
  const samples = product.sample(SHOWN, 20)
  product.release()
  return samples
}

const points = (rows: Float32Array) =>
  Array.from({ length: SHOWN }, (_, n) => ({
    x: Number(rows[2 * n].toFixed(2)),
    y: Number(rows[2 * n + 1].toFixed(2)),
  }))

export const figure: Figure = {
  name: 'mixture',
  title: 'Nine modes from six components',
  draw: async (): Promise<TopLevelSpec> => {
    const rows = data(50_000, 1)
    const panels = [
      { title: 'data', rows },
      { title: '2 experts of 3 components', rows: learned(rows, 2, 3) },
      { title: '1 expert of 6 components', rows: learned(rows, 1, 6) },
    ]
    const axis = { type: 'quantitative', title: null, scale: { domain: [-7, 7] as number[] } } as const
    return {
      hconcat: panels.map(panel => ({
        title: panel.title,
        width: 220,
        height: 220,
        data: { values: points(panel.rows) },
        mark: { type: 'point', filled: true, size: 8, opacity: 0.6, aria: false, clip: true },
        encoding: { x: { ...axis, field: 'x' }, y: { ...axis, field: 'y' } },
      })),
    }
  },
}
