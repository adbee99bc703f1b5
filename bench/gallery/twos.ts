/** Products that know one class: what one of 2s has learned, and what it and one of 3s make of a 2 (Hinton 2002, figures 5, 6). */

import { learnStack } from '../digits/class-scores.ts'
import { filtersOf } from '../digits/filters.ts'
import { FINER_RECIPE } from '../digits/recipe.ts'
import { imageAt, ofClasses, split } from '../images/images.ts'
import { someMnist } from '../images/mnist.ts'
import type { Figure } from './figure.ts'
import { reachOf, tiles } from './tiles.ts'

const HIDDEN = 100
const LEARNED = 800
const SHOWN = 20
/** Greys of a picture, on either side of zero: fewer take less room. */
const GREYS = 16

/** Numbers from −reach to reach as multiples of a step. */
const coarsened = (image: Float32Array, reach: number) =>
  image.map(value => (Math.round((value / reach) * GREYS) * reach) / GREYS)

export const figure: Figure = {
  name: 'twos',
  title: 'A product that has learned 2s, and what it makes of others',
  async draw() {
    const images = someMnist()
    const { width, height } = images
    const [[twos, unseen], [threes]] = [2, 3].map(label => split(ofClasses(images, [label]), LEARNED))
    const learned = [twos, threes].map(own => learnStack(own, [HIDDEN], FINER_RECIPE, 1))
    const shown = Array.from({ length: SHOWN }, (_, n) => imageAt(unseen, n))
    const again = learned.map(stack => shown.map(image => coarsened(stack.reconstruct(image), 1)))
    const filters = filtersOf(learned[0].products[0])
    for (const stack of learned) stack.release()
    // The few largest weights may be as black or white as it gets.
    const reach = reachOf(filters) / 2
    return {
      vconcat: [
        tiles(
          filters.map(filter => coarsened(filter, reach)),
          { width, height, columns: SHOWN, scale: 1, black: -reach, white: reach },
          'Weights of its 100 hidden units, white where a pixel speaks for them',
        ),
        tiles(
          [...shown, ...again.flat()],
          { width, height, columns: SHOWN, scale: 1 },
          'Unseen 2s (above), as the product of 2s reconstructs them (middle), and as one of 3s does (below)',
        ),
      ],
    }
  },
}
