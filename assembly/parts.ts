/** Laying out working memory: its parts stand one behind the other, in blocks of a cache line. */

/** Zeros, or other values that nobody reads, behind every part: a load of eight values may begin at its last one. */
const GUARD: usize = 32;
const LINE: usize = 64;

let end: usize = 0;

/** Begin at `base`, 0 to measure. */
export function beginParts(base: usize): void {
  end = base;
}

/** Take `bytes`; their address. */
export function takePart(bytes: usize): usize {
  const pointer = end;
  end = (pointer + bytes + GUARD + (LINE - 1)) & ~(LINE - 1);
  return pointer;
}

/** Where the last part ends. */
export function partsEnd(): usize {
  return end;
}
