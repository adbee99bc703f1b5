/** What forty unigauss experts make of images of edges: their means, and how sure they are of each pixel (Hinton 2002, figure 3). */
import { SIDE } from '../../fixtures/edges.ts'
import { EXPERTS, learnEdges } from '../edges-learning.ts'
import type { Figure } from './figure.ts'
import { tiles } from './tiles.ts'

const PIXELS = SIDE ** 2
const tiling = { width: SIDE, height: SIDE, columns: 10, scale: 4, between: 150 }

/** A matrix (M, D) as M images. */
const imagesOf = (values: Float32Array) =>
  Array.from({ length: EXPERTS }, (_, m) => values.subarray(m * PIXELS, (m + 1) * PIXELS))

export const figure: Figure = {
  name: 'edges',
  title: 'Forty unigauss experts on images of single edges',
  async draw() {
    const product = learnEdges(100)
    const tensors = product.tensors()
    product.release()
    const [mean, spread] = ['mean', 'logVariance'].map(
      name => tensors[`experts.${name}`].data as Float32Array,
    )
    const deviations = spread.map(logVariance => Math.exp(logVariance / 2))
    return {
      config: { aria: false },
      hconcat: [
        tiles(imagesOf(mean), tiling, 'Means: black 0, white 1'),
        tiles(imagesOf(deviations), { ...tiling, white: 0.5 }, 'Standard deviations: black 0, white 0.5'),
      ],
    }
  },
}
