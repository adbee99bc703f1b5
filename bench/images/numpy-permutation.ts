/**
 * The order that scikit-learn's `train_test_split(…, random_state=0)` puts rows in, so that figures of others can be measured on the
 * same split: numpy's `RandomState(seed).permutation(n)`, which draws from the Mersenne Twister (Matsumoto and Nishimura 1998).
 */

const [WORDS, MIDDLE] = [624, 397]

/** 32 bits after 32 bits. */
function mersenneTwister(seed: number): () => number {
  const state = new Uint32Array(WORDS)
  state[0] = seed
  for (let i = 1; i < WORDS; i++) {
    const last = state[i - 1]
    state[i] = Math.imul(1812433253, last ^ (last >>> 30)) + i
  }
  let at = WORDS
  const twist = () => {
    for (let i = 0; i < WORDS; i++) {
      const both = (state[i] & 0x80000000) | (state[(i + 1) % WORDS] & 0x7fffffff)
      state[i] = state[(i + MIDDLE) % WORDS] ^ (both >>> 1) ^ (both & 1 ? 0x9908b0df : 0)
    }
    at = 0
  }
  return () => {
    if (at === WORDS) twist()
    let word = state[at++]
    word ^= word >>> 11
    word ^= (word << 7) & 0x9d2c5680
    word ^= (word << 15) & 0xefc60000
    return (word ^ (word >>> 18)) >>> 0
  }
}

/** The numbers from 0 to `count` − 1. A draw that is too large for its place is drawn again. */
export function numpyPermutation(count: number, seed: number): number[] {
  const next = mersenneTwister(seed)
  const order = Array.from({ length: count }, (_, i) => i)
  for (let i = count - 1; i > 0; i--) {
    const mask = 2 ** (32 - Math.clz32(i)) - 1
    let j = next() & mask
    while (j > i) j = next() & mask
    ;[order[i], order[j]] = [order[j], order[i]]
  }
  return order
}
