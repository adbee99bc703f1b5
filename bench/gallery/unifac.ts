/** Two of ten numbers that follow one hidden cause: as they are, and as four experts with and without a factor generate them. */
import { factorRows, NUMBERS } from '../../fixtures/factors.ts'
import type { Family } from '../../pipeline/experts/product.ts'
import { unifac } from '../../pipeline/experts/unifac.ts'
import { unigauss } from '../../pipeline/experts/unigauss.ts'
import { learnFactors } from '../factors.ts'
import type { Figure } from './figure.ts'

const POINTS = 240
const EXPERTS = 4

/** The first two numbers of each row. */
const pairs = (rows: Float32Array) =>
  Array.from({ length: rows.length / NUMBERS }, (_, n) => ({
    x: rows[n * NUMBERS],
    y: rows[n * NUMBERS + 1],
  }))

function generated(family: Family) {
  const product = learnFactors(family, EXPERTS, 100)
  const rows = product.sample(POINTS, 40)
  product.release()
  return pairs(rows)
}

const axis = (title: string) => ({
  type: 'quantitative' as const,
  axis: { title, grid: false },
  scale: { domain: [-4, 4] },
})

const points = (title: string, values: readonly { x: number; y: number }[]) => ({
  title,
  width: 220,
  height: 220,
  data: { values: [...values] },
  mark: { type: 'point' as const, filled: true, size: 8, color: 'black', opacity: 1, clip: true },
  encoding: { x: { field: 'x', ...axis('first number') }, y: { field: 'y', ...axis('second number') } },
})

export const figure: Figure = {
  name: 'unifac',
  title: 'Two of ten numbers that follow one hidden cause',
  async draw() {
    return {
      config: { aria: false },
      hconcat: [
        points('Data', pairs(factorRows(POINTS, 2))),
        points(`${EXPERTS} unifac experts`, generated(unifac)),
        points(`${EXPERTS} unigauss experts`, generated(unigauss)),
      ],
    }
  },
}
