/**
 * xoshiro128** (Blackman and Vigna 2021): the random choices that the pipeline makes outside of a kernel, from a state
 * that is saved with the model. Seeded through splitmix32, so that neighbouring seeds give unrelated sequences.
 */
export class Random {
  readonly state = new Uint32Array(4)

  constructor(seed: number) {
    let counter = seed >>> 0
    for (let i = 0; i < 4; i++) {
      counter = (counter + 0x9e3779b9) >>> 0
      let mixed = Math.imul(counter ^ (counter >>> 16), 0x85ebca6b)
      mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
      this.state[i] = mixed ^ (mixed >>> 16)
    }
  }

  /**
   * One that goes on from the state of a kernel's generator, 16 words, which are those of four of this kind.
   * @throws TypeError and RangeError for what is none
   */
  static from(words: Uint32Array): Random {
    if (!(words instanceof Uint32Array))
      throw new TypeError('Expected the state of a generator as a Uint32Array.')
    const random = new Random(words[12] ^ words[8])
    for (let i = 0; i < words.length; i++) random.state[i & 3] ^= Math.imul(words[i], i + 0x9e3779b9)
    // States that differ in one word give the same numbers at first.
    for (let n = 0; n < 8; n++) random.next()
    if (words.length === 16 && words.some(word => word !== 0)) return random
    throw new RangeError(
      `Expected the state of a generator as 16 words that are not all zero, got ${words.length}.`,
    )
  }

  /** The next 32 bits, as a whole number from 0 to 2³² − 1. */
  next(): number {
    const s = this.state
    const result = Math.imul(rotate(Math.imul(s[1], 5), 7), 9)
    const shifted = s[1] << 9
    s[2] ^= s[0]
    s[3] ^= s[1]
    s[1] ^= s[2]
    s[0] ^= s[3]
    s[2] ^= shifted
    s[3] = rotate(s[3], 11)
    return result >>> 0
  }

  /** Uniform in [0, 1). */
  uniform(): number {
    return this.next() / 2 ** 32
  }
}

function rotate(x: number, bits: number): number {
  return (x << bits) | (x >>> (32 - bits))
}
