/** A checksum of what a model file holds: against damage on the way, not against somebody who means harm. */
import type { Tensors } from '../experts/product.ts'
import type { Metadata } from './safetensors.ts'

const START = 0x811c9dc5
const PRIME = 0x01000193

/** FNV-1a (Fowler, Noll and Vo) over bytes, going on from `hash`. */
function addBytes(hash: number, bytes: Uint8Array): number {
  let sum = hash
  for (let i = 0; i < bytes.length; i++) sum = Math.imul(sum ^ bytes[i], PRIME)
  return sum
}

/** FNV-1a over little-endian words of 32 bits, their upper halves folded in, and over the bytes that are left. */
export function addWords(hash: number, bytes: Uint8Array): number {
  const whole = bytes.length & ~3
  // A view of words begins at a multiple of four; every engine is little-endian.
  const { buffer, byteOffset } = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice()
  const words = new Int32Array(buffer, byteOffset, whole / 4)
  let sum = hash
  for (let i = 0; i < words.length; i++) {
    sum = Math.imul(sum ^ words[i], PRIME)
    // Multiplication carries upwards only: without this a change in high bits would be lost in higher ones.
    sum ^= sum >>> 15
  }
  return addBytes(sum, bytes.subarray(whole))
}

/** Over words. */
export function wordChecksumOf(bytes: Uint8Array): number {
  return addWords(START, bytes) >>> 0
}

/** Goes on from a sum, over bytes. */
export type AddWords = (sum: number, bytes: Uint8Array) => number

function sumOf(tensors: Tensors, metadata: Metadata, add: AddWords): string {
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

const WORDS = 'words-'

/** `words-` and eight hexadecimal digits over all tensors and metadata by name; the entry `checksum` itself is left out. */
export function checksumOf(tensors: Tensors, metadata: Metadata, add: AddWords = addWords): string {
  return WORDS + sumOf(tensors, metadata, add)
}

/**
 * What the checksum of a file should be, in the manner of the one that it has: eight digits alone are over bytes. `add`:
 * who goes over the words, if somebody can do it faster.
 */
export function checksumLike(own: string, tensors: Tensors, metadata: Metadata, add?: AddWords): string {
  return own.startsWith(WORDS) ? checksumOf(tensors, metadata, add) : sumOf(tensors, metadata, addBytes)
}
