/** Weights of hidden units beside centroids of the same digits: parts, and whole digits. */
import { uniforms } from '../../fixtures/random.ts'
import { filtersOf, localFilters, localityOf } from '../acceptance/digits/filters.ts'
import { learned } from '../acceptance/digits/machine.ts'
import { blackAndWhite, split } from '../images/images.ts'
import { kMeans } from '../images/k-means.ts'
import { someMnist } from '../images/mnist.ts'
import type { Figure } from './figure.ts'
import { reachOf, tiles } from './tiles.ts'

const [COUNT, COLUMNS] = [40, 8]

export const figure: Figure = {
  name: 'filters-beside-centroids',
  title: 'What 40 hidden units, and 40 centroids, have made of the same 9,000 digits',
  async draw() {
    const [digits] = split(blackAndWhite(someMnist()), 9000)
    const machine = learned(digits, 10, { ...localFilters, hidden: COUNT, seed: 1 })
    const filters = filtersOf(machine)
    machine.release()
    const centroids = kMeans(digits, COUNT, 10, uniforms(1))
    const size = { width: digits.width, height: digits.height, columns: COLUMNS }
    const share = (images: readonly Float32Array[]) => localityOf(images).toFixed(2)
    // Half of the largest weight is black or white already: the largest of all would leave the others grey.
    const reach = reachOf(filters) / 2
    return {
      hconcat: [
        tiles(
          filters,
          { ...size, black: -reach, white: reach },
          `Weights (grey: 0); a median share of ${share(filters)} of the pixels`,
        ),
        tiles(centroids, size, `Centroids; ${share(centroids)}`),
      ],
    }
  },
}
