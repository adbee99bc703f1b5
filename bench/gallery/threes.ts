/** The least and the most likely of the digit 3, by the free energies of a machine that has seen nothing else. */
import { learned } from '../acceptance/digits/machine.ts'
import { withInk } from '../acceptance/digits/ranking.ts'
import { blackAndWhite, imageAt, ofClasses } from '../images/images.ts'
import { someMnist } from '../images/mnist.ts'
import type { Figure } from './figure.ts'
import { tiles } from './tiles.ts'

/** Shown of each end, and in a row. */
const [SHOWN, COLUMNS] = [20, 10]

export const figure: Figure = {
  name: 'threes',
  title: 'Threes with 100 to 125 white pixels, by their free energies',
  async draw() {
    const threes = withInk(blackAndWhite(ofClasses(someMnist(), [3])))
    const machine = learned(threes, 60, { hidden: 100, seed: 1 })
    const energies = machine.freeEnergies(threes.pixels)
    machine.release()
    const order = Array.from(energies.keys()).sort((a, b) => energies[b] - energies[a])
    const row = (numbers: readonly number[], title: string) =>
      tiles(
        numbers.map(n => imageAt(threes, n)),
        { width: threes.width, height: threes.height, columns: COLUMNS },
        title,
      )
    const count = threes.labels.length
    return {
      vconcat: [
        row(order.slice(0, SHOWN), `The ${SHOWN} least likely of ${count}`),
        row(order.slice(-SHOWN), `The ${SHOWN} most likely`),
      ],
    }
  },
}
