/** A checksum of the bytes before a position in a file: enough to notice that it is another file by now. */

/** Bytes that count, at most. */
export const TAIL_BYTES = 1024

/** FNV-1a (Fowler, Noll and Vo, 32 bits) over the last `TAIL_BYTES` of these bytes: eight hexadecimal digits. */
export function tailOf(bytes: Uint8Array): string {
  let hash = 0x811c9dc5
  for (let at = Math.max(0, bytes.length - TAIL_BYTES); at < bytes.length; at++)
    hash = Math.imul(hash ^ bytes[at], 0x01000193)
  return (hash >>> 0).toString(16).padStart(8, '0')
}
