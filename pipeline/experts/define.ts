/** From the data about a kernel to a family. */
import { openKernel } from '../kernel.ts'
import { checkSize, completeOptions, type KernelFamily } from '../kernel-family.ts'
import { KernelProduct } from '../kernel-product.ts'
import { checkKernels } from '../kernel-source.ts'
import type { Family, KernelSource, Kernels } from './product.ts'

/** The family of a kernel, which is given as it was built: what its rules say, and how streams use it. */
export function defineFamily(
  rules: KernelFamily,
  kernel: KernelSource,
  use: Pick<
    Family,
    | 'encodings'
    | 'alternatives'
    | 'streamOptions'
    | 'lightOptions'
    | 'relativeTo'
    | 'remembersRows'
    | 'fillsGaps'
  >,
): Family {
  const open = (kernels?: Kernels) => {
    checkKernels(kernels)
    return openKernel(rules.name, kernel, kernels?.[rules.name])
  }
  return {
    name: rules.name,
    units: rules.units,
    optionNames: rules.options.map(({ name }) => name),
    checkOptions: options => {
      completeOptions(rules, options)
    },
    ...use,
    checkSize: (visible, options, tensors) => checkSize(rules, visible, options, tensors),
    checksum: kernels => {
      const own = open(kernels)
      return (sum, bytes) => own.checksum(sum, bytes)
    },
    create: (visible, options = {}, kernels, blank) =>
      new KernelProduct(rules, open(kernels), visible, options, blank),
  }
}
