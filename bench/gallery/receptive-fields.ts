/** What hidden units look at: a hundred of them that have learned all digits (Hinton 2002, figure 4). */
import { uniforms } from '../../fixtures/random.ts'
import { rbm } from '../../pipeline/experts/rbm.ts'
import { filtersOf } from '../digits/filters.ts'
import { LOCAL } from '../digits/recipe.ts'
import { shuffled, shuffledOrder, sizeOf } from '../images/images.ts'
import { someMnist } from '../images/mnist.ts'
import type { Figure } from './figure.ts'
import { reachOf, tiles } from './tiles.ts'

const HIDDEN = 500
const PASSES = 12
const SHOWN = 100
/** Greys of a picture, on either side of zero: fewer take less room. */
const GREYS = 16

export const figure: Figure = {
  name: 'receptive-fields',
  title: '100 of 500 hidden units that have learned ten digits: weights, white where a pixel speaks for them',
  async draw() {
    const images = someMnist()
    const uniform = uniforms(1)
    const product = rbm.create([{ kind: 'bernoulli', size: sizeOf(images) }], { ...LOCAL, hidden: HIDDEN })
    product.initialise(images.pixels)
    for (let pass = 0; pass < PASSES; pass++) product.learnMany(shuffled(images, uniform).pixels)
    const filters = filtersOf(product)
    product.release()
    const shown = shuffledOrder(HIDDEN, uniform)
      .slice(0, SHOWN)
      .map(j => filters[j])
    // Each by its own range: units of many small weights look at something as well.
    const scaled = shown.map(filter => {
      const reach = reachOf([filter])
      return filter.map(weight => Math.round((weight / reach) * GREYS) / GREYS)
    })
    return tiles(scaled, { width: images.width, height: images.height, columns: 20, scale: 1, black: -1 })
  },
}
