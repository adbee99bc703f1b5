/** A million random rows, with gaps, learned at the default rate: everything that a family says and saves stays finite. */
import { uniforms } from '../../fixtures/random.ts'
import { families } from '../../pipeline/index.ts'
import { layersOf } from '../../test/contract.ts'
import { randomRows } from '../../test/reference/rows.ts'
import type { Finding } from './finding.ts'
import { working } from './progress.ts'

const STEPS = 1_000_000
/** Different rows, learned again and again: making them takes longer than learning them. */
const ROWS = 10_000

export async function* steps(): AsyncGenerator<Finding> {
  for (const family of families) {
    const reference = await import(`../../test/reference/${family.name}.ts`)
    for (const [name, visible] of layersOf(family, reference)) {
      const rows = randomRows(visible, ROWS, uniforms(1), 0.1)
      const product = family.create(visible, { seed: 1 })
      product.initialise(rows.subarray(0, 100 * product.width))
      working(`${family.name}, ${name}`)
      for (let done = 0; done < STEPS; done += ROWS) product.learnMany(rows)
      const numbers = [
        product.freeEnergies(rows),
        ...Object.values(product.tensors()).map(({ data }) => data),
      ]
      const wrong = numbers.reduce(
        (sum, data) => sum + data.filter(value => !Number.isFinite(value)).length,
        0,
      )
      product.release()
      yield {
        what: `${family.name}, ${name}: numbers that are not finite`,
        figure: wrong,
        goal: 0,
        bound: 'most',
      }
    }
  }
}
