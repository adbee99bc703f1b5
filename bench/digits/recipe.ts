/** How products of one class each are learned; docs/digits.md says what else was tried. */
import type { FamilyOptions } from '../../pipeline/experts/product.ts'
import type { Recipe } from './class-scores.ts'

/**
 * Contrastive divergence from greys, of which reconstructions keep the probabilities (Hinton 2002, eq. 11). Without offsets, so
 * that units are off for most images: probabilities near a half, which centred units have, tell a second layer little.
 */
export const FROM_GREYS: Readonly<FamilyOptions> = {
  persistentChains: 0,
  sampleVisible: false,
  centering: false,
  learningRate: 0.02,
  learningRateFloor: 0.02,
  driftReset: false,
  revival: false,
}

/** The architectures of the paper; half of what the images of a class leave to learn is other hands, which warping stands for. */
export const RECIPE: Recipe = {
  architectures: [
    [200, 100],
    [100, 50],
  ],
  options: FROM_GREYS,
  passes: 40,
  folds: 5,
  warping: { shift: 0.4, turn: 0.08, stretch: 0.05, slant: 0.08 },
  seed: 1,
}

/** MNIST has pixels of half the size. */
export const FINER_RECIPE: Recipe = {
  ...RECIPE,
  passes: 30,
  warping: { shift: 0.7, turn: 0.08, stretch: 0.05, slant: 0.08 },
}

/** Strong decay leaves a unit only the weights that it needs, and averaging no noise beside them. */
export const LOCAL: Readonly<FamilyOptions> = { ...FROM_GREYS, weightDecay: 0.003 }
