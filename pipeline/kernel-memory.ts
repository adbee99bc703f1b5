/** How much memory the kernels of all families take, and how much they may: a worker at the edge has 128 MB for everything. */

import { show } from './errors.ts'

/** What is known of a kernel here. */
interface Held {
  readonly buffer: ArrayBuffer
  readonly exports: { limit(bytes: number): void }
  /** Has it no models? */
  readonly isIdle: boolean
  renew(): void
}

/** What a 32-bit memory can hold at most, bytes. */
const WHOLE = 2 ** 32

const kernels = new Set<Held>()
let most: number | undefined

/** A kernel is in use. */
export function takeNotice(kernel: Held): void {
  kernels.add(kernel)
}

/** Bytes of WebAssembly memory that all models take in this program, free room between them included. */
export function kernelMemory(): number {
  let bytes = 0
  for (const { buffer } of kernels) bytes += buffer.byteLength
  return bytes
}

/**
 * Let kernels take at most so many bytes of WebAssembly memory together, from now on; what would go beyond throws a
 * KernelMemoryError. What JavaScript holds beside them, rows and statistics, is not counted.
 * @throws RangeError for what is no number of bytes
 */
export function limitKernelMemory(bytes: number): void {
  if (typeof bytes !== 'number' || !(bytes >= 0))
    throw new RangeError(`Expected a number of bytes from 0 on, got ${show(bytes)}.`)
  most = bytes
}

/** Tell a kernel what it may grow to before it takes memory; without a limit, which is every record's case, nothing. */
export function restrain(kernel: Held): void {
  if (most === undefined) return
  const own = kernel.buffer.byteLength
  kernel.exports.limit(Math.min(WHOLE, Math.max(own, own + most - kernelMemory())))
}

/** Have idle kernels begin anew, for memory never shrinks; whether it makes sense to try again what found no room. */
export function reclaim(): boolean {
  if (most === undefined) return false
  for (const kernel of kernels) if (kernel.isIdle) kernel.renew()
  return true
}
