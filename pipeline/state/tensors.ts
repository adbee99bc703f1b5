import type { Tensors } from '../experts/product.ts'

/** Numbers as a tensor of one dimension. */
export const vector = (data: Float64Array | Uint32Array | Uint8Array) => ({ shape: [data.length], data })

/** Tensors under names with a prefix. */
export const prefixed = (prefix: string, tensors: Tensors): Tensors =>
  Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [prefix + name, tensor]))
