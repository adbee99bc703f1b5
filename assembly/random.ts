/**
 * xoshiro128+ (Blackman & Vigna 2018) on four independent lanes. The 64 bytes of state belong to the model, at the
 * address given first:
 *
 *   state   0      16     32     48
 *           s0 ×4  s1 ×4  s2 ×4  s3 ×4       (u32, lane l at byte 4 l)
 */

/** The finaliser of splitmix64 (Steele, Lea & Flood 2014; constants of Stafford's variant 13). */
function mix(z: u64): u64 {
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

/**
 * Fill the state from a seed and a stream number; different streams of one seed are independent.
 * Seed and stream are mixed before splitmix64 runs on: its counter steps by a constant, so two starts that differ by a
 * multiple of it would give shifted copies of one sequence.
 */
export function seed(state: usize, seed: u32, stream: u32): void {
  let counter = mix(mix(<u64>seed + 0x9e3779b97f4a7c15) + <u64>stream);
  for (let offset: usize = 0; offset < 64; offset += 8) {
    counter += 0x9e3779b97f4a7c15;
    store<u64>(state + offset, mix(counter));
  }
}

/** 2^-24. */
// @ts-ignore: decorator
@inline const SPACING: usize = memory.data<f32>([5.9604644775390625e-8], 16);

/** Four numbers in [0, 1), multiples of 2^-24: the upper bits, since the lowest of xoshiro128+ are the weakest. */
// @ts-ignore: decorator
@inline export function uniform4(state: usize): v128 {
  let s0 = v128.load(state), s1 = v128.load(state, 16), s2 = v128.load(state, 32), s3 = v128.load(state, 48);
  const result = i32x4.add(s0, s3);
  const t = i32x4.shl(s1, 9);
  s2 = v128.xor(s2, s0);
  s3 = v128.xor(s3, s1);
  s1 = v128.xor(s1, s2);
  s0 = v128.xor(s0, s3);
  s2 = v128.xor(s2, t);
  s3 = v128.or(i32x4.shl(s3, 11), i32x4.shr_u(s3, 21));
  v128.store(state, s0);
  v128.store(state, s1, 16);
  v128.store(state, s2, 32);
  v128.store(state, s3, 48);
  return f32x4.mul(f32x4.convert_i32x4_s(i32x4.shr_u(result, 8)), v128.load32_splat(SPACING));
}

/**
 * The next numbers of `uniform4`, `bytes` of them (a positive multiple of 16). The state stays in registers: through memory
 * each draw waits for the one before, 12 cycles instead of 5.
 */
export function uniforms(state: usize, out: usize, bytes: usize): void {
  let s0 = v128.load(state), s1 = v128.load(state, 16), s2 = v128.load(state, 32), s3 = v128.load(state, 48);
  const spacing = v128.load32_splat(SPACING), end = out + bytes;
  do {
    const result = i32x4.add(s0, s3);
    v128.store(out, f32x4.mul(f32x4.convert_i32x4_s(i32x4.shr_u(result, 8)), spacing));
    const t = i32x4.shl(s1, 9);
    s2 = v128.xor(s2, s0);
    s3 = v128.xor(s3, s1);
    s1 = v128.xor(s1, s2);
    s0 = v128.xor(s0, s3);
    s2 = v128.xor(s2, t);
    s3 = v128.or(i32x4.shl(s3, 11), i32x4.shr_u(s3, 21));
    out += 16;
  } while (out < end);
  v128.store(state, s0);
  v128.store(state, s1, 16);
  v128.store(state, s2, 32);
  v128.store(state, s3, 48);
}

/** One number in [0, 1): draws four and keeps the first, so that all lanes stay in step. */
// @ts-ignore: decorator
@inline export function uniform1(state: usize): f32 {
  return f32x4.extract_lane(uniform4(state), 0);
}
