/** From an energy of the user's own to a family like any other. */
import type { Family } from '../experts/product.ts'
import { checkSize, checkVisible, completeOptions, type KernelFamily } from '../kernel-family.ts'
import { addWords } from '../state/checksum.ts'
import { widthOf } from '../visible.ts'
import { CustomProduct } from './custom-product.ts'
import { type CustomDefinition, checkDefinition } from './definition.ts'
import { encodingsOf, optionsOf } from './options.ts'

/**
 * A family of experts made of an energy and its derivatives: see `CustomDefinition` for the callbacks, docs/experts/custom.md
 * for examples. It learns by contrastive divergence with reconstructions of hybrid Monte Carlo, is saved and loaded like
 * those of kernels by whoever brings the same definition along, and may stand among the `families` of a detector. Missing
 * values are clamped to their likeliest ones, in both phases of an update.
 *
 * Options that all of them have: cdSteps, persistentChains, batchSize, learningRate, learningRateDecay, learningRateFloor,
 * gradientLimit, leapfrogSteps, stepSize, seed.
 * @throws TypeError and RangeError for what is no definition
 */
export function customFamily(definition: CustomDefinition): Family {
  checkDefinition(definition)
  const { name, units = ['real'], encodings = encodingsOf(units), streamOptions = {} } = definition
  const options = optionsOf(definition)
  const rules: KernelFamily = {
    name,
    units,
    options,
    tensors: [],
    // Moments of the columns; how many parameters there are, only the definition knows.
    leastValues: (_, visible) => 3 * widthOf(visible),
    features: () => 0,
  }
  completeOptions(rules, streamOptions)
  return {
    name,
    units,
    optionNames: options.map(option => option.name),
    checkOptions: (given, visible) => {
      if (visible) checkVisible(rules, visible)
      completeOptions(rules, given)
    },
    encodings,
    streamOptions,
    ...(definition.lightOptions && { lightOptions: definition.lightOptions }),
    ...(definition.relativeTo && { relativeTo: definition.relativeTo }),
    fillsGaps: true,
    checkSize: (visible, given, tensors) => checkSize(rules, visible, given, tensors),
    checksum: () => addWords,
    create: (visible, given = {}) => {
      checkVisible(rules, visible)
      return new CustomProduct(definition, visible, completeOptions(rules, given))
    },
  }
}
