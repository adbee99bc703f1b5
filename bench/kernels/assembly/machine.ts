// What one core can do with 128-bit vectors: fused multiply-adds, and moving memory. Compiled for the relaxed target by
// bench/kernels/machine.ts.

/**
 * `count` rounds of twelve multiply-adds of vectors in independent chains: two units of four cycles each need eight, and
 * sixteen registers hold them with the factor and what V8 keeps. Returns a value so that none is left out. `factor`: 2^-6.
 */
export function madds(count: i32, factor: f32): f32 {
  // A sum that no longer moves by them stays where it is: nothing overflows and nothing becomes subnormal. As arguments
  // they are in registers; constants are made anew for every use.
  const x = f32x4.splat(factor);
  // Chains that began alike would be one to a compiler.
  let a = f32x4.splat(1), b = f32x4.splat(2), c = f32x4.splat(3), d = f32x4.splat(4);
  let e = f32x4.splat(5), g = f32x4.splat(6), h = f32x4.splat(7), i = f32x4.splat(8);
  let j = f32x4.splat(9), k = f32x4.splat(10), l = f32x4.splat(11), m = f32x4.splat(12);
  for (; count > 0; count--) {
    a = f32x4.relaxed_madd(x, x, a);
    b = f32x4.relaxed_madd(x, x, b);
    c = f32x4.relaxed_madd(x, x, c);
    d = f32x4.relaxed_madd(x, x, d);
    e = f32x4.relaxed_madd(x, x, e);
    g = f32x4.relaxed_madd(x, x, g);
    h = f32x4.relaxed_madd(x, x, h);
    i = f32x4.relaxed_madd(x, x, i);
    j = f32x4.relaxed_madd(x, x, j);
    k = f32x4.relaxed_madd(x, x, k);
    l = f32x4.relaxed_madd(x, x, l);
    m = f32x4.relaxed_madd(x, x, m);
  }
  const low = f32x4.add(f32x4.add(f32x4.add(a, b), f32x4.add(c, d)), f32x4.add(e, g));
  const high = f32x4.add(f32x4.add(f32x4.add(h, i), f32x4.add(j, k)), f32x4.add(l, m));
  return f32x4.extract_lane(f32x4.add(low, high), 0);
}

const BASE: usize = 65536;

/** Make room for `bytes`. */
export function reserve(bytes: usize): void {
  const pages = <i32>((BASE + bytes + 65535) >>> 16);
  if (memory.size() < pages) memory.grow(pages - memory.size());
  memory.fill(BASE, 0, bytes);
}

/** Read `bytes`, a multiple of 128, once. */
export function read(bytes: usize): f32 {
  let a = f32x4.splat(0), b = a, c = a, d = a;
  for (let at = BASE; at < BASE + bytes; at += 128) {
    a = f32x4.add(a, f32x4.add(v128.load(at), v128.load(at, 64)));
    b = f32x4.add(b, f32x4.add(v128.load(at, 16), v128.load(at, 80)));
    c = f32x4.add(c, f32x4.add(v128.load(at, 32), v128.load(at, 96)));
    d = f32x4.add(d, f32x4.add(v128.load(at, 48), v128.load(at, 112)));
  }
  return f32x4.extract_lane(f32x4.add(f32x4.add(a, b), f32x4.add(c, d)), 0);
}

/** Read and write back `bytes`, a multiple of 64, once. */
export function update(bytes: usize): void {
  const one = f32x4.splat(1);
  for (let at = BASE; at < BASE + bytes; at += 64) {
    v128.store(at, f32x4.add(v128.load(at), one));
    v128.store(at, f32x4.add(v128.load(at, 16), one), 16);
    v128.store(at, f32x4.add(v128.load(at, 32), one), 32);
    v128.store(at, f32x4.add(v128.load(at, 48), one), 48);
  }
}
