/** Digits with noise, and with a part missing, put right by a Boltzmann machine and by a median filter. */
import { uniforms } from '../../fixtures/random.ts'
import { posteriorMean } from '../../pipeline/posterior-mean.ts'
import { learned } from '../acceptance/digits/machine.ts'
import { blackAndWhite, type Images, imageAt, ofClasses, split } from '../images/images.ts'
import { someMnist } from '../images/mnist.ts'
import { flipped, inkySquare, medianFilled, medianFiltered, painted } from '../images/spoil.ts'
import type { Figure } from './figure.ts'
import { tiles } from './tiles.ts'

const NOISE = 0.1
const SWEEPS = 200
/** Of the part that is missing. */
const [SIDE, HIDDEN_INK] = [10, 15]
const GREY = 0.5

/** One of each class. */
const oneOfEach = (images: Images): Float32Array[] =>
  Array.from({ length: 10 }, (_, digit) => imageAt(ofClasses(images, [digit]), 0))

export const figure: Figure = {
  name: 'denoising',
  title: 'Digits with one pixel of ten inverted, and with 10 × 10 pixels missing',
  async draw() {
    const [tested, digits] = split(blackAndWhite(someMnist()), 1000)
    const machine = learned(digits, 4, { hidden: 200, seed: 1 })
    const uniform = uniforms(2)
    const clean = oneOfEach(tested)
    const noisy = clean.map(image => flipped(image, NOISE, uniform))
    const blocked = clean.map(image =>
      painted(image, inkySquare(image, SIDE, HIDDEN_INK, uniform), Number.NaN),
    )
    const shown = (images: readonly Float32Array[], title: string) =>
      tiles(
        images.map(image => image.map(pixel => (Number.isNaN(pixel) ? GREY : pixel))),
        { width: tested.width, height: tested.height },
        title,
      )
    const rows = [
      shown(clean, 'As they were'),
      shown(noisy, 'One pixel of ten inverted'),
      shown(
        noisy.map(image => machine.reconstruct(image)),
        'One look up and down (mean-field)',
      ),
      shown(
        noisy.map(image => posteriorMean(machine, image, { noise: NOISE, sweeps: SWEEPS })),
        'Mean of what may have been there (Gibbs sampling)',
      ),
      shown(noisy.map(medianFiltered), 'Median of 3 × 3 pixels'),
      shown(blocked, '10 × 10 pixels missing'),
      shown(
        blocked.map(image => posteriorMean(machine, image, { sweeps: SWEEPS })),
        'Mean of what may be there (Gibbs sampling, the rest held)',
      ),
      shown(blocked.map(medianFilled), 'Median of known neighbours'),
    ]
    machine.release()
    return { vconcat: rows }
  },
}
