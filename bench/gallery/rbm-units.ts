/** What a Boltzmann machine makes of real numbers and of counts: densities learned online, beside their data. */
import { uniforms } from '../../fixtures/random.ts'
import type { Product, Rows } from '../../pipeline/experts/product.ts'
import { rbm } from '../../pipeline/experts/rbm.ts'
import { exactLogPartition } from '../../pipeline/likelihood/exact-log-partition.ts'
import type { Figure } from './figure.ts'

const ROWS = 40_000
/** Points that are drawn. */
const SHOWN = 300
/** Half the width of the left picture, and cells on one side. */
const REACH = 3.2
const CELLS = 34
/** Cells below this share of the largest density are left white. */
const FAINT = 0.03
/** Most of a count. */
const MOST = 20

const normal = (uniform: () => number) =>
  Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform())

/** Four clusters in the corners of a parallelogram: what two hidden units say together. */
function corners(): Rows {
  const uniform = uniforms(3)
  return Float32Array.from(
    Array.from({ length: ROWS }, () => {
      const [s, t] = [uniform() < 0.5 ? -1 : 1, uniform() < 0.3 ? -1 : 1]
      return [1.1 * s + 0.5 * t + 0.5 * normal(uniform), 0.9 * t - 0.3 * s + 0.5 * normal(uniform)]
    }).flat(),
  )
}

/** Of 20 events mostly few, and sometimes most. */
function counts(): Rows {
  const uniform = uniforms(4)
  return Float32Array.from({ length: ROWS }, () => {
    const chance = uniform() < 0.7 ? 0.15 : 0.7
    return Array.from({ length: MOST }, uniform).filter(u => u < chance).length
  })
}

function learned(kind: 'real' | 'count', size: number, rows: Rows): Product {
  const options = { hidden: 4, persistentChains: 0, weightScale: 0.3, seed: 2 }
  const product = rbm.create([{ kind, size }], options)
  product.initialise(rows.subarray(0, 2000))
  product.learnMany(rows)
  return product
}

function densityCells(product: Product): object[] {
  const width = (2 * REACH) / CELLS
  const cells = Array.from({ length: CELLS ** 2 }, (_, n) => ({
    x: -REACH + (n % CELLS) * width,
    y: -REACH + Math.floor(n / CELLS) * width,
  }))
  const logZ = exactLogPartition(product)
  const energies = product.freeEnergies(
    Float32Array.from(cells.flatMap(({ x, y }) => [x + width / 2, y + width / 2])),
  )
  const densities = Array.from(energies, energy => Math.exp(-energy - logZ))
  const largest = Math.max(...densities)
  return cells
    .map(({ x, y }, n) => ({ x, x2: x + width, y, y2: y + width, p: Number(densities[n].toFixed(3)) }))
    .filter(({ p }) => p > FAINT * largest)
}

function realPanel() {
  const rows = corners()
  const product = learned('real', 2, rows)
  const cells = densityCells(product)
  const points = Array.from({ length: SHOWN }, (_, n) => ({ x: rows[2 * n], y: rows[2 * n + 1] }))
  product.release()
  const axis = (field: string) => ({
    field,
    type: 'quantitative' as const,
    scale: { domain: [-REACH, REACH], nice: false },
    title: null,
  })
  return {
    title: 'Two real numbers: data (points), density learned (blue)',
    width: 300,
    height: 300,
    layer: [
      {
        data: { values: cells },
        mark: { type: 'rect' as const, aria: false },
        encoding: {
          x: axis('x'),
          x2: { field: 'x2' },
          y: axis('y'),
          y2: { field: 'y2' },
          color: {
            field: 'p',
            type: 'quantitative' as const,
            scale: { scheme: 'blues' as const },
            legend: null,
          },
        },
      },
      {
        data: { values: points },
        mark: { type: 'circle' as const, aria: false, size: 7, color: '#d1495b', opacity: 0.7 },
        encoding: { x: axis('x'), y: axis('y') },
      },
    ],
  }
}

function countPanel() {
  const rows = counts()
  const product = learned('count', MOST, rows)
  const numbers = Array.from({ length: MOST + 1 }, (_, n) => n)
  const chances = product.conditional(Float32Array.of(0), 0)
  product.release()
  const values = numbers.map(n => ({ n, p: rows.filter(count => count === n).length / ROWS }))
  const x = { field: 'n', type: 'ordinal' as const, title: `events of ${MOST}`, axis: { labelAngle: 0 } }
  const y = { field: 'p', type: 'quantitative' as const, title: 'share of rows' }
  return {
    title: 'A count: shares in the data (bars), p(n) learned (points)',
    width: 340,
    height: 300,
    layer: [
      {
        data: { values },
        mark: { type: 'bar' as const, aria: false, color: '#9ecae1' },
        encoding: { x, y },
      },
      {
        data: { values: numbers.map(n => ({ n, p: chances[n] })) },
        mark: { type: 'line' as const, aria: false, point: { color: '#d1495b' }, color: '#d1495b' },
        encoding: { x, y },
      },
    ],
  }
}

export const figure: Figure = {
  name: 'rbm-units',
  title: 'A Boltzmann machine over real numbers, and over counts',
  async draw() {
    return { hconcat: [realPanel(), countPanel()] }
  },
}
