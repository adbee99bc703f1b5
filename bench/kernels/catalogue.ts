/** Every kernel that is timed. Names stay as they are; a new kernel is a new line. */
import type { Kernel } from './kernel.ts'
import { otherKernels } from './other-families.ts'
import { answeringKernels } from './rbm-answers.ts'
import { learningKernels } from './rbm-learning.ts'
import { sparseKernels } from './sparse.ts'

export const kernels: readonly Kernel[] = [
  ...learningKernels,
  ...answeringKernels,
  ...sparseKernels,
  ...otherKernels,
]

export function kernelNamed(name: string): Kernel {
  const found = kernels.find(kernel => kernel.name === name)
  if (found) return found
  throw new RangeError(`Expected a kernel (${kernels.map(each => each.name).join(', ')}), got '${name}'.`)
}
