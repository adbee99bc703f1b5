/** Boltzmann machines that have learned images, by the default recipe unless said otherwise. */
import { uniforms } from '../../../fixtures/random.ts'
import type { FamilyOptions, Product } from '../../../pipeline/experts/product.ts'
import { rbm } from '../../../pipeline/experts/rbm.ts'
import { type Images, imageAt, shuffled, sizeOf } from '../../images/images.ts'

/** Images that the starting point is taken from. */
const FIRST = 1000

/** A machine that has seen the images so often, one at a time, in another order each time. */
export function learned(images: Images, passes: number, options: FamilyOptions): Product {
  const machine = rbm.create([{ kind: 'bernoulli', size: sizeOf(images) }], options)
  const uniform = uniforms(Number(options.seed ?? 1))
  for (let pass = 0; pass < passes; pass++) {
    const { pixels } = shuffled(images, uniform)
    if (pass === 0) machine.initialise(pixels.subarray(0, FIRST * sizeOf(images)))
    machine.learnMany(pixels)
  }
  return machine
}

/** The features of all images: N × H probabilities. */
export function featuresOf(machine: Product, images: Images): Float32Array {
  const all = Array.from(images.labels.keys(), n => machine.transformOne(imageAt(images, n)))
  const out = new Float32Array(all.length * (all[0]?.length ?? 0))
  for (const [n, features] of all.entries()) out.set(features, n * features.length)
  return out
}
