/** A banana-shaped energy of one's own, learned online: level lines after so many rows. */
import { uniforms } from '../../fixtures/random.ts'
import { customFamily } from '../../pipeline/custom/custom-family.ts'
import type { CustomDefinition } from '../../pipeline/custom/definition.ts'
import type { Figure } from './figure.ts'
import { levelLines, levelsOf, massesOf, panel, placesOf } from './level-lines.ts'

/** f = −½ (x/w)² − ½ (y − a x² − b)² / d². */
const banana: CustomDefinition = {
  name: 'banana',
  parameters: () => ({ curve: Float64Array.of(0, 0), width: Float64Array.of(1, 1) }),
  logDensity: ([x, y], { curve: [a, b], width: [w, d] }) =>
    -((x / w) ** 2 + ((y - a * x * x - b) / d) ** 2) / 2,
  rowGradient([x, y], { curve: [a, b], width: [w, d] }, gradient) {
    const off = (y - a * x * x - b) / d ** 2
    gradient[0] = -x / w ** 2 + 2 * a * x * off
    gradient[1] = -off
  },
  parameterGradient([x, y], { curve: [a, b], width: [w, d] }, gradient) {
    const off = (y - a * x * x - b) / d ** 2
    gradient.curve.set([x * x * off, off])
    gradient.width.set([x ** 2 / w ** 3, off ** 2 * d])
  },
  project({ width }) {
    for (let i = 0; i < 2; i++) width[i] = Math.max(0.05, width[i])
  },
}

const PLANE = { reach: 4, points: 49 }

/** x ~ N(0, 1), y = ½ x² − 1 + .3 N(0, 1). */
function rowsOf(count: number): Float32Array {
  const uniform = uniforms(3)
  const normal = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform())
  const rows = new Float32Array(2 * count)
  for (let at = 0; at < rows.length; at += 2) {
    rows[at] = normal()
    rows[at + 1] = 0.5 * rows[at] ** 2 - 1 + 0.3 * normal()
  }
  return rows
}

export const figure: Figure = {
  name: 'custom',
  title: 'An energy of one’s own, learned row by row: half, 80 and 95 % of the density',
  async draw() {
    const product = customFamily(banana).create([{ kind: 'real', size: 2 }], {
      learningRate: 0.02,
      learningRateDecay: 200,
    })
    const rows = rowsOf(5000)
    let learned = 0
    const panels = [0, 50, 500, 5000].map(count => {
      product.learnMany(rows.subarray(2 * learned, 2 * count))
      learned = count
      const masses = massesOf(product.freeEnergies(placesOf(PLANE)))
      const lines = levelLines(PLANE, masses, levelsOf(masses, [0.5, 0.8, 0.95]))
      return panel(`${count} rows`, PLANE, lines, rows.subarray(0, 300))
    })
    return { hconcat: panels }
  },
}
