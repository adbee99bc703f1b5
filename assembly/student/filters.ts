// Filters times rows, and rows times filters. Sizes and strides are bytes.
import { dot4 } from '../products';
import { madd, splat } from '../simd';
import { LARGEST, LARGEST_FILTER, Model } from './model';

/** z_j = J_j·x for all experts, within the largest number; the sums are those of `dot4`. */
export function respond(model: Model, x: usize, z: usize): void {
  const stride = model.stride, most = splat(LARGEST), least = splat(-LARGEST);
  let filter = model.filters;
  for (const end = z + model.expertBytes; z < end; z += 16) {
    v128.store(z, f32x4.pmax(least, f32x4.pmin(most, dot4(filter, stride, x, stride))));
    filter += stride << 2;
  }
}

/** out = Σ_j w_j J_j, four filters at a time. */
export function combine(model: Model, w: usize, out: usize): void {
  const stride = model.stride;
  let filter = model.filters;
  for (let at: usize = 0; at < stride; at += 16) v128.store(out + at, splat(0));
  for (const end = w + model.expertBytes; w < end; w += 16) {
    const a = v128.load32_splat(w), b = v128.load32_splat(w, 4);
    const c = v128.load32_splat(w, 8), d = v128.load32_splat(w, 12);
    let p0 = filter, p1 = p0 + stride, p2 = p1 + stride, p3 = p2 + stride, q = out;
    for (const stop = out + stride; q < stop; q += 16) {
      const even = madd(b, v128.load(p1), madd(a, v128.load(p0), v128.load(q)));
      const odd = madd(d, v128.load(p3), f32x4.mul(c, v128.load(p2)));
      v128.store(q, f32x4.add(even, odd));
      p0 += 16;
      p1 += 16;
      p2 += 16;
      p3 += 16;
    }
    filter += stride << 2;
  }
}

/** Row j of `target` += a_j x + b_j y, M' rows; elements stay within what filters may have. */
export function addOuter(model: Model, target: usize, a: usize, x: usize, b: usize, y: usize): void {
  const stride = model.stride, most = splat(LARGEST_FILTER), least = splat(-LARGEST_FILTER);
  for (const end = a + model.expertBytes; a < end; a += 4) {
    const s = v128.load32_splat(a), t = v128.load32_splat(b);
    for (let at: usize = 0; at < stride; at += 16) {
      const sum = madd(t, v128.load(y + at), madd(s, v128.load(x + at), v128.load(target + at)));
      v128.store(target + at, f32x4.pmax(least, f32x4.pmin(most, sum)));
    }
    b += 4;
    target += stride;
  }
}

/** x·y in f64, where products are too large for f32. */
export function dotWide(x: usize, y: usize, bytes: usize): f64 {
  let low = f64x2.splat(0), high = low;
  for (let at: usize = 0; at < bytes; at += 16) {
    const p = v128.load(x + at), q = v128.load(y + at);
    low = f64x2.add(low, f64x2.mul(f64x2.promote_low_f32x4(p), f64x2.promote_low_f32x4(q)));
    const u = i32x4.shuffle(p, p, 2, 3, 2, 3), v = i32x4.shuffle(q, q, 2, 3, 2, 3);
    high = f64x2.add(high, f64x2.mul(f64x2.promote_low_f32x4(u), f64x2.promote_low_f32x4(v)));
  }
  const sum = f64x2.add(low, high);
  return f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1);
}
