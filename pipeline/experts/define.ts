/** From the data about a kernel to a family. */
import { type Kernel, openKernel } from '../kernel.ts'
import { checkSize, checkVisible, completeOptions, type KernelFamily } from '../kernel-family.ts'
import { KernelProduct } from '../kernel-product.ts'
import { checkKernels } from '../kernel-source.ts'
import type { Family, KernelSource, Kernels } from './product.ts'

/** Refuse a kernel whose arrays are not those of the rules: saving would mistake one for another. */
function checkPlaces({ name, tensors }: KernelFamily, kernel: Kernel): Kernel {
  const count = kernel.exports.placeCount()
  if (count === tensors.length) return kernel
  throw new TypeError(
    `Expected a kernel of ${name} with ${tensors.length} arrays (${tensors.map(({ name }) => name).join(', ')}), got one ` +
      `with ${count}; name all that its table of places lists, in that order.`,
  )
}

/**
 * The family of a kernel. Families of Veto are made so, and one's own may be: docs/adding-an-expert.md says what a kernel
 * exports and what it keeps to, examples/own-family is one in AssemblyScript.
 *
 * @param rules its name, whose first four letters the kernel knows; its visible units; its options, in the order in which
 *   the kernel reads them (`whole`, `real` and `flag` make their rules; `seed` is one of them, because detectors give one);
 *   the arrays of a model in the order of the kernel's table; and how large they are
 * @param kernel the compiled module, or its bytes as the compiler wrote them
 * @param use which kinds of fields it looks at, in which encoding, and its options for streams of records
 * @returns a family, to be created products of, or to be given to a detector: `new Detector({ families: [mine] })`. What is
 *   wrong with the kernel is thrown as a TypeError, for most of it when the first product is created: what it lacks to
 *   export, what it imports, that it is another family's, that its arrays are others
 */
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
  checkKernels({ [rules.name]: kernel })
  const open = (kernels?: Kernels) => {
    checkKernels(kernels)
    return checkPlaces(rules, openKernel(rules.name, kernel, kernels?.[rules.name]))
  }
  return {
    name: rules.name,
    units: rules.units,
    optionNames: rules.options.map(({ name }) => name),
    checkOptions: (options, visible) => {
      if (visible) checkVisible(rules, visible)
      const complete = completeOptions(rules, options, visible)
      if (visible) rules.checkLayer?.(visible, complete)
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
