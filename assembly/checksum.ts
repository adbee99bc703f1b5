// @ts-ignore: decorator
@inline const PRIME: u32 = 0x01000193;

/**
 * The checksum of model files, going on from `sum`: FNV-1a (Fowler, Noll and Vo) over words of 32 bits, the upper half of
 * the sum folded into the lower one, then over the bytes that are left. pipeline/state/checksum.ts does the same.
 */
export function checksum(bytes: usize, count: i32, sum: u32): u32 {
  const end = bytes + <usize>count;
  let at = bytes;
  for (; at + 4 <= end; at += 4) {
    sum = (sum ^ load<u32>(at)) * PRIME;
    sum ^= sum >>> 15;
  }
  for (; at < end; at++) sum = (sum ^ <u32>load<u8>(at)) * PRIME;
  return sum;
}
