/** A Gaussian, experts that may stand aside, and the product of both, on data that are two bars. */
import { uniforms } from '../../fixtures/random.ts'
import { gaussian } from '../../pipeline/experts/gaussian.ts'
import type { Product, VisibleGroup } from '../../pipeline/experts/product.ts'
import { unigauss } from '../../pipeline/experts/unigauss.ts'
import { product } from '../../pipeline/product/product-of.ts'
import type { Figure } from './figure.ts'
import { levelLines, levelsOf, massesOf, panel, placesOf } from './level-lines.ts'

const PLANE = { reach: 4, points: 51 }
const visible: VisibleGroup[] = [{ kind: 'real', size: 2 }]

function rowsOf(count: number): Float32Array {
  const uniform = uniforms(4)
  const normal = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform())
  const rows = new Float32Array(2 * count)
  for (let at = 0; at < rows.length; at += 2) {
    const side = uniform() < 0.5 ? -0.8 : 0.8
    const along = normal()
    rows[at] = along + side + 0.25 * normal()
    rows[at + 1] = along - side + 0.25 * normal()
  }
  return rows
}

const experts = (count: number) =>
  unigauss.create(visible, { experts: count, learningRate: 0.02, cdSteps: 5 })
const models: Readonly<Record<string, () => Product>> = {
  'a Gaussian': () => gaussian.create(visible),
  '4 unigauss experts': () => experts(4),
  'their product': () => product([gaussian.create(visible), experts(4)], { cdSteps: 5 }),
}

export const figure: Figure = {
  name: 'product',
  title: 'Experts of two families learning together: half, 80 and 95 % of the density',
  async draw() {
    const rows = rowsOf(20_000)
    const panels = Object.entries(models).map(([title, make]) => {
      const model = make()
      model.initialise(rows.subarray(0, 400))
      model.learnMany(rows)
      const masses = massesOf(model.freeEnergies(placesOf(PLANE)))
      model.release()
      const lines = levelLines(PLANE, masses, levelsOf(masses, [0.5, 0.8, 0.95]))
      return panel(title, PLANE, lines, rows.subarray(0, 400))
    })
    return { hconcat: panels }
  },
}
