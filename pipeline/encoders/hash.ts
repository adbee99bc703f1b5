/** From texts to numbers that look random and are the same on every machine. */

/**
 * FNV-1a (Fowler, Noll and Vo) over the UTF-16 units of a text, its upper half folded into the lower one, where
 * remainders look; from 0 to 2³² − 1.
 */
function hashOf(text: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return (hash ^ (hash >>> 16)) >>> 0
}

/** The bucket of a text among `count`. */
export const bucketOf = (text: string, count: number): number => hashOf(text) % count
