/**
 * `import { relaxed } from 'veto/relaxed'`: kernels in relaxed SIMD, faster, with results that depend on the processor in
 * their last bits. Plain ones run where the engine has no relaxed SIMD.
 */
import kernels from '#kernels/relaxed'
import type { Kernels } from './experts/product.ts'

/** For the option `kernels`. */
export const relaxed: Kernels = kernels
