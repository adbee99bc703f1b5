// Cholesky's factor of a precision, in f64. Matrices are row-major, `stride` bytes from one row to the next.

/** Σ_k<count p_k q_k. */
// @ts-ignore: decorator
@inline function dotOf(p: usize, q: usize, count: i32): f64 {
  let sum = f64x2.splat(0), k = 0;
  for (; k + 2 <= count; k += 2) {
    const at = <usize>k << 3;
    sum = f64x2.add(sum, f64x2.mul(v128.load(p + at), v128.load(q + at)));
  }
  let all = f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1);
  if (k < count) all += load<f64>(p + (<usize>k << 3)) * load<f64>(q + (<usize>k << 3));
  return all;
}

/** What a pivot has to have of its diagonal element, and at least. */
const LEAST_SHARE: f64 = 1e-13;
const LEAST_PIVOT: f64 = 1e-60;

/**
 * P = L Lᵀ, the lower triangle in place. Where rounding has left nothing of a pivot it counts as 1e-13 of the diagonal
 * element, so that a precision that is singular gives a draw that is far away and finite.
 */
export function factorise(matrix: usize, size: i32, stride: usize): void {
  for (let i = 0; i < size; i++) {
    const row = matrix + <usize>i * stride;
    for (let j = 0; j < i; j++) {
      const other = matrix + <usize>j * stride, at = <usize>j << 3;
      store<f64>(row + at, (load<f64>(row + at) - dotOf(row, other, j)) / load<f64>(other + at));
    }
    const at = <usize>i << 3, diagonal = load<f64>(row + at);
    const pivot = Math.max(diagonal - dotOf(row, row, i), Math.max(LEAST_SHARE * diagonal, LEAST_PIVOT));
    store<f64>(row + at, Math.sqrt(pivot));
  }
}

/** x = L⁻¹ x in place. */
export function solveLower(matrix: usize, size: i32, stride: usize, x: usize): void {
  for (let i = 0; i < size; i++) {
    const row = matrix + <usize>i * stride, at = <usize>i << 3;
    store<f64>(x + at, (load<f64>(x + at) - dotOf(row, x, i)) / load<f64>(row + at));
  }
}

/** x = L⁻ᵀ x in place: of standard normal numbers a draw from N(0, P⁻¹). */
export function solveTransposed(matrix: usize, size: i32, stride: usize, x: usize): void {
  for (let i = size - 1; i >= 0; i--) {
    const row = matrix + <usize>i * stride, at = x + (<usize>i << 3);
    const value = load<f64>(at) / load<f64>(row + (<usize>i << 3));
    store<f64>(at, value);
    const factor = f64x2.splat(value);
    let k = 0;
    for (; k + 2 <= i; k += 2) {
      const p = <usize>k << 3;
      v128.store(x + p, f64x2.sub(v128.load(x + p), f64x2.mul(factor, v128.load(row + p))));
    }
    if (k < i) store<f64>(x + (<usize>k << 3), load<f64>(x + (<usize>k << 3)) - value * load<f64>(row + (<usize>k << 3)));
  }
}
