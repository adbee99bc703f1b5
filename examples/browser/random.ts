/** Seeded random numbers, so that the samples are the same on every visit: mulberry32 (public domain, T. Ettinger). */

/** Uniform in [0, 1). */
export function uniforms(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

/** Nearly normal, mean 0 and deviation 1: the sum of four uniform numbers. */
export function bells(seed: number): () => number {
  const uniform = uniforms(seed)
  return () => (uniform() + uniform() + uniform() + uniform() - 2) * Math.sqrt(3)
}
