/** Which kernels a caller may hand over. */
import { show } from './errors.ts'
import type { Kernels } from './experts/product.ts'

/** How every binary begins: `\\0asm`. */
const BEGINNING = '0061736d'

/** By their names, because modules and bytes of other realms are no instances of what is called so here. */
const KINDS = /^\[object (WebAssembly\.Module|ArrayBuffer|Uint8Array)\]$/

const isSource = (value: unknown) =>
  typeof value === 'string' ? value.startsWith(BEGINNING) : KINDS.test(Object.prototype.toString.call(value))

/**
 * Refuse, with a TypeError, what are no kernels by the names of families. Names of families that are not in use are let
 * pass: `veto/relaxed` has all of them.
 */
export function checkKernels(kernels: Kernels | undefined): void {
  if (kernels === undefined) return
  if (Object.prototype.toString.call(kernels) !== '[object Object]') {
    throw new TypeError(
      `Expected kernels by the names of families, such as { prototype: module }, got ${show(kernels)}.`,
    )
  }
  for (const [name, source] of Object.entries(kernels)) {
    if (isSource(source)) continue
    throw new TypeError(
      `Expected the kernel of ${name} as a WebAssembly.Module or its bytes, got ${show(source)}; wait for what compiles ` +
        'it: await WebAssembly.compile(bytes).',
    )
  }
}
