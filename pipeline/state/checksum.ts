/** A checksum of what a model file holds: against damage on the way, not against somebody who means harm. */
import type { Tensors } from '../experts/product.ts'
import type { Metadata } from './safetensors.ts'

const START = 0x811c9dc5
const PRIME = 0x01000193

/** FNV-1a (Fowler, Noll and Vo) over bytes, going on from `hash`. */
function add(hash: number, bytes: Uint8Array): number {
  let sum = hash
  for (let i = 0; i < bytes.length; i++) sum = Math.imul(sum ^ bytes[i], PRIME)
  return sum
}

/**
 * FNV-1a over little-endian words of 32 bits, their upper halves folded in, and over the bytes that are left: a quarter of
 * the steps.
 */
export function wordChecksumOf(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const whole = bytes.length & ~3
  let hash = START
  for (let at = 0; at < whole; at += 4) {
    hash = Math.imul(hash ^ view.getInt32(at, true), PRIME)
    // Multiplication carries upwards only: without this a change in high bits would be lost in higher ones.
    hash ^= hash >>> 15
  }
  return add(hash, bytes.subarray(whole)) >>> 0
}

/** Eight hexadecimal digits over all tensors and metadata by name; the entry `checksum` itself is left out. */
export function checksumOf(tensors: Tensors, metadata: Metadata): string {
  const encoder = new TextEncoder()
  let hash = START
  for (const name of Object.keys(metadata).sort()) {
    if (name !== 'checksum') hash = add(hash, encoder.encode(`${name}=${metadata[name]}\n`))
  }
  for (const name of Object.keys(tensors).sort()) {
    const { shape, data } = tensors[name]
    hash = add(hash, encoder.encode(`${name}[${shape}]\n`))
    hash = add(hash, new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
  }
  return (hash >>> 0).toString(16).padStart(8, '0')
}
