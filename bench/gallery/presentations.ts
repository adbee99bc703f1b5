/** Likelihood against presentations, online and in mini-batches: drawn from docs/results/, for learning takes minutes. */
import { readFileSync } from 'node:fs'
import { entrants } from '../learning/presentations.ts'
import type { Figure } from './figure.ts'

interface Curve {
  readonly name: string
  readonly seed: number
  readonly measured: readonly { readonly presentations: number; readonly nats: number }[]
}

const results = new URL('../../docs/results/presentations.json', import.meta.url)

/** PyDeep's documentation, RBM_MNIST_small: centred, mini-batches of 100, 50 passes. */
const PUBLISHED = { presentations: 3_000_000, nats: -142.56 }

const position = {
  x: {
    field: 'presentations',
    type: 'quantitative' as const,
    scale: { type: 'log' as const, domain: [1000, 4_000_000] },
    axis: { title: 'digits presented', format: '~s', values: [1e3, 1e4, 1e5, 1e6], grid: false },
  },
  y: {
    field: 'nats',
    type: 'quantitative' as const,
    scale: { domain: [-205, -135] },
    axis: { title: 'log-likelihood of a test digit, nats' },
  },
}

/** The mean over seeds after each number of presentations. */
function means(curves: readonly Curve[], name: string) {
  const own = curves.filter(curve => curve.name === name)
  return own[0].measured.map(({ presentations }, n) => ({
    name,
    presentations,
    nats: own.reduce((sum, { measured }) => sum + measured[n].nats, 0) / own.length,
  }))
}

export const figure: Figure = {
  name: 'presentations',
  title: 'Sixteen hidden units on MNIST, exactly',
  async draw() {
    const { found } = JSON.parse(readFileSync(results, 'utf8')) as { found: Curve[] }
    const names = Object.keys(entrants)
    const color = { field: 'name', type: 'nominal' as const, sort: names, legend: { title: null } }
    const each = found.flatMap(({ name, measured }) => measured.map(point => ({ name, ...point })))
    return {
      config: { aria: false },
      width: 420,
      height: 340,
      layer: [
        {
          data: { values: names.flatMap(name => means(found, name)) },
          mark: { type: 'line' as const, clip: true },
          encoding: { ...position, color },
        },
        {
          data: { values: each },
          mark: { type: 'point' as const, filled: true, clip: true, size: 14 },
          encoding: { ...position, color },
        },
        {
          data: { values: [PUBLISHED] },
          mark: { type: 'point' as const, shape: 'cross', filled: true, size: 80, color: 'black' },
          encoding: position,
        },
        {
          data: { values: [{ ...PUBLISHED, text: 'published' }] },
          mark: { type: 'text' as const, dx: -12, dy: 14 },
          encoding: { ...position, text: { field: 'text' } },
        },
      ],
    }
  },
}
