/** Sizes by name. */
import { size as denseSize, type Kernel, type Size } from './kernel.ts'

/** One of a kernel's sizes, or for any other name a dense layer of that size; undefined where it can have none. */
export function sizeNamed(kernel: Kernel, name: string): Size | undefined {
  const known = kernel.sizes.find(size => size.name === name)
  if (known) return known
  const [, width, hidden] = /^([1-9]\d*)x([1-9]\d*)$/.exec(name) ?? []
  if (hidden === undefined) throw new RangeError(`Expected a size as DxH, such as 784x500, got '${name}'.`)
  return kernel.anySize ? denseSize(Number(width), Number(hidden)) : undefined
}
