/** From the data about a kernel to a family. */
import { type Binaries, openKernel } from '../kernel.ts'
import { checkSize, completeOptions, type KernelFamily } from '../kernel-family.ts'
import { KernelProduct } from '../kernel-product.ts'
import type { Family } from './product.ts'

/** The family of a kernel: what its rules say, and how streams use it. */
export function defineFamily(
  rules: KernelFamily,
  binaries: Binaries,
  use: Pick<
    Family,
    'encodings' | 'streamOptions' | 'lightOptions' | 'relativeTo' | 'remembersRows' | 'fillsGaps'
  >,
): Family {
  return {
    name: rules.name,
    units: rules.units,
    optionNames: rules.options.map(({ name }) => name),
    checkOptions: options => {
      completeOptions(rules, options)
    },
    ...use,
    checkSize: (visible, options, tensors) => checkSize(rules, visible, options, tensors),
    create: (visible, options = {}, choice = {}) =>
      new KernelProduct(rules, openKernel(binaries, choice), visible, options),
  }
}
