// Moving parameters: rank-R updates of rows of W that stand in the first-level cache.
import { axpy, dot } from '../products';
import { madd, splat } from '../simd';
import { scale } from '../vectors';
import { Model } from './model';
import { Phase, phaseAt } from './workspace';

/** Four rows from `w`: row k ← keep · row k + a_k x + b_k y, the coefficients at `a` and `b`. */
// @ts-ignore: decorator
@inline function addTwo(w: usize, stride: usize, x: usize, a: usize, y: usize, b: usize, keep: f32, keeps: bool): void {
  const k = splat(keep);
  const a0 = v128.load32_splat(a), a1 = v128.load32_splat(a, 4);
  const a2 = v128.load32_splat(a, 8), a3 = v128.load32_splat(a, 12);
  const b0 = v128.load32_splat(b), b1 = v128.load32_splat(b, 4);
  const b2 = v128.load32_splat(b, 8), b3 = v128.load32_splat(b, 12);
  let w0 = w, w1 = w0 + stride, w2 = w1 + stride, w3 = w2 + stride, p = x, q = y;
  const stop = x + stride;
  do {
    let u = v128.load(p), v = v128.load(q);
    v128.store(w0, madd(b0, v, madd(a0, u, kept(v128.load(w0), k, keeps))));
    v128.store(w1, madd(b1, v, madd(a1, u, kept(v128.load(w1), k, keeps))));
    v128.store(w2, madd(b2, v, madd(a2, u, kept(v128.load(w2), k, keeps))));
    v128.store(w3, madd(b3, v, madd(a3, u, kept(v128.load(w3), k, keeps))));
    u = v128.load(p, 16);
    v = v128.load(q, 16);
    v128.store(w0, madd(b0, v, madd(a0, u, kept(v128.load(w0, 16), k, keeps))), 16);
    v128.store(w1, madd(b1, v, madd(a1, u, kept(v128.load(w1, 16), k, keeps))), 16);
    v128.store(w2, madd(b2, v, madd(a2, u, kept(v128.load(w2, 16), k, keeps))), 16);
    v128.store(w3, madd(b3, v, madd(a3, u, kept(v128.load(w3, 16), k, keeps))), 16);
    w0 += 32;
    w1 += 32;
    w2 += 32;
    w3 += 32;
    p += 32;
    q += 32;
  } while (p < stop);
}

/** Four rows from `w`: row k += a_k x. */
// @ts-ignore: decorator
@inline function addOne(w: usize, stride: usize, x: usize, a: usize): void {
  const a0 = v128.load32_splat(a), a1 = v128.load32_splat(a, 4);
  const a2 = v128.load32_splat(a, 8), a3 = v128.load32_splat(a, 12);
  let w0 = w, w1 = w0 + stride, w2 = w1 + stride, w3 = w2 + stride, p = x;
  const stop = x + stride;
  do {
    let u = v128.load(p);
    v128.store(w0, madd(a0, u, v128.load(w0)));
    v128.store(w1, madd(a1, u, v128.load(w1)));
    v128.store(w2, madd(a2, u, v128.load(w2)));
    v128.store(w3, madd(a3, u, v128.load(w3)));
    u = v128.load(p, 16);
    v128.store(w0, madd(a0, u, v128.load(w0, 16)), 16);
    v128.store(w1, madd(a1, u, v128.load(w1, 16)), 16);
    v128.store(w2, madd(a2, u, v128.load(w2, 16)), 16);
    v128.store(w3, madd(a3, u, v128.load(w3, 16)), 16);
    w0 += 32;
    w1 += 32;
    w2 += 32;
    w3 += 32;
    p += 32;
  } while (p < stop);
}

/** keep · x; no instruction where nothing is lost, which is known when compiling. */
// @ts-ignore: decorator
@inline function kept(x: v128, keep: v128, keeps: bool): v128 {
  return keeps ? f32x4.mul(x, keep) : x;
}

/**
 * Two rows from `w` ← keep · them + the contributions of five phases from `first` on: each is loaded and stored once. On
 * the plain target, where a multiply-add is two instructions, it took 5 % longer than phases two by two (Node 20, 784 × 500).
 */
// @ts-ignore: decorator
@inline function addFive(w: usize, stride: usize, first: i32, at: usize, keep: f32, keeps: bool): void {
  const k = splat(keep);
  const p0 = phaseAt(first), p1 = phaseAt(first + 1), p2 = phaseAt(first + 2), p3 = phaseAt(first + 3);
  const p4 = phaseAt(first + 4);
  const a0 = v128.load32_splat(p0.steps + at), b0 = v128.load32_splat(p0.steps + at, 4);
  const a1 = v128.load32_splat(p1.steps + at), b1 = v128.load32_splat(p1.steps + at, 4);
  const a2 = v128.load32_splat(p2.steps + at), b2 = v128.load32_splat(p2.steps + at, 4);
  const a3 = v128.load32_splat(p3.steps + at), b3 = v128.load32_splat(p3.steps + at, 4);
  const a4 = v128.load32_splat(p4.steps + at), b4 = v128.load32_splat(p4.steps + at, 4);
  let x0 = p0.centred, x1 = p1.centred, x2 = p2.centred, x3 = p3.centred, x4 = p4.centred, v = w, u = w + stride;
  const stop = u;
  do {
    let x = v128.load(x0);
    let first = madd(a0, x, kept(v128.load(v), k, keeps)), second = madd(b0, x, kept(v128.load(u), k, keeps));
    x = v128.load(x1);
    first = madd(a1, x, first);
    second = madd(b1, x, second);
    x = v128.load(x2);
    first = madd(a2, x, first);
    second = madd(b2, x, second);
    x = v128.load(x3);
    first = madd(a3, x, first);
    second = madd(b3, x, second);
    x = v128.load(x4);
    v128.store(v, madd(a4, x, first));
    v128.store(u, madd(b4, x, second));
    x0 += 16;
    x1 += 16;
    x2 += 16;
    x3 += 16;
    x4 += 16;
    v += 16;
    u += 16;
  } while (v < stop);
}

/**
 * Four rows of W and of their velocities Δ: Δ_k ← m Δ_k + a_k x + b_k y − decay · w_k, w_k += Δ_k, each visited once.
 */
function move(
  w: usize, velocity: usize, stride: usize, x: usize, a: usize, y: usize, b: usize, momentum: f32, decay: f32,
): void {
  const a0 = v128.load32_splat(a), a1 = v128.load32_splat(a, 4);
  const a2 = v128.load32_splat(a, 8), a3 = v128.load32_splat(a, 12);
  const b0 = v128.load32_splat(b), b1 = v128.load32_splat(b, 4);
  const b2 = v128.load32_splat(b, 8), b3 = v128.load32_splat(b, 12);
  const m = splat(momentum), d = splat(-decay);
  let w0 = w, w1 = w0 + stride, w2 = w1 + stride, w3 = w2 + stride, p = x, q = y;
  let v0 = velocity, v1 = v0 + stride, v2 = v1 + stride, v3 = v2 + stride;
  const stop = x + stride;
  do {
    const u = v128.load(p), v = v128.load(q);
    let row = v128.load(w0), change = madd(d, row, madd(b0, v, madd(a0, u, f32x4.mul(m, v128.load(v0)))));
    v128.store(v0, change);
    v128.store(w0, f32x4.add(row, change));
    row = v128.load(w1);
    change = madd(d, row, madd(b1, v, madd(a1, u, f32x4.mul(m, v128.load(v1)))));
    v128.store(v1, change);
    v128.store(w1, f32x4.add(row, change));
    row = v128.load(w2);
    change = madd(d, row, madd(b2, v, madd(a2, u, f32x4.mul(m, v128.load(v2)))));
    v128.store(v2, change);
    v128.store(w2, f32x4.add(row, change));
    row = v128.load(w3);
    change = madd(d, row, madd(b3, v, madd(a3, u, f32x4.mul(m, v128.load(v3)))));
    v128.store(v3, change);
    v128.store(w3, f32x4.add(row, change));
    w0 += 16;
    w1 += 16;
    w2 += 16;
    w3 += 16;
    v0 += 16;
    v1 += 16;
    v2 += 16;
    v3 += 16;
    p += 16;
    q += 16;
  } while (p < stop);
}

/**
 * Rows [from, to) of `w` ← keep · them + the contributions of the phases from `first` on: five at a time, two, and the last
 * alone. The first ones do the keeping.
 */
function accumulate(model: Model, w: usize, from: i32, to: i32, first: i32, phases: i32, keep: f32): void {
  const stride = model.stride;
  let r = first;
  if (ASC_FEATURE_RELAXED_SIMD) {
    for (; r + 5 <= phases; r += 5) {
      for (let j = from; j < to; j += 2) {
        const row = w + <usize>j * stride;
        if (r > first || keep == 1) addFive(row, stride, r, <usize>j << 2, 1, false);
        else addFive(row, stride, r, <usize>j << 2, keep, true);
      }
    }
  }
  for (; r < phases; r += 2) {
    const x = phaseAt(r), y = phaseAt(r + 1);
    for (let j = from; j < to; j += 4) {
      const row = w + <usize>j * stride, at = <usize>j << 2;
      if (r + 1 == phases) addOne(row, stride, x.centred, x.steps + at);
      else if (r > first || keep == 1) {
        addTwo(row, stride, x.centred, x.steps + at, y.centred, y.steps + at, 1, false);
      } else addTwo(row, stride, x.centred, x.steps + at, y.centred, y.steps + at, keep, true);
    }
  }
}

/** Move rows [from, to) of W by the contributions of all phases, with weight decay and momentum. */
export function updateRows(model: Model, from: i32, to: i32, phases: i32, rate: f32): void {
  const stride = model.stride, weights = model.weights, velocity = model.velocity;
  const decay = rate * <f32>model.weightDecay;
  if (velocity == 0) {
    accumulate(model, weights, from, to, 0, phases, 1 - decay);
    return;
  }
  // Momentum: Δ ← m Δ + η (G − decay · W), W += Δ. The first two phases move both, after all others have moved Δ.
  const x = phaseAt(0), y = phaseAt(1), onlyTwo = phases == 2, momentum = <f32>model.momentum;
  if (!onlyTwo) addBeforeMomentum(model, from, to, phases, momentum);
  const keep: f32 = onlyTwo ? momentum : 1;
  for (let j = from; j < to; j += 4) {
    const at = <usize>j << 2, row = <usize>j * stride;
    move(weights + row, velocity + row, stride, x.centred, x.steps + at, y.centred, y.steps + at, keep, decay);
  }
}

/** Δ ← m Δ + the contributions of all phases but the first two. */
function addBeforeMomentum(model: Model, from: i32, to: i32, phases: i32, momentum: f32): void {
  const first = <usize>from * model.stride;
  scale(model.velocity + first, <usize>(to - from) * model.stride, momentum);
  accumulate(model, model.velocity, from, to, 2, phases, 1);
}

/** Move the visible biases by Σ_r weight_r (1 − hidden_r·λ) centred_r. */
export function updateVisibleBias(model: Model, phases: i32): void {
  const stride = model.stride, velocity = model.visibleVelocity;
  const target = velocity != 0 ? velocity : model.visibleBias;
  if (velocity != 0) scale(velocity, stride, <f32>model.momentum);
  for (let r = 0; r < phases; r++) axpy(biasStep(model, phaseAt(r)), phaseAt(r).centred, target, stride);
  if (velocity != 0) axpy(1, velocity, model.visibleBias, stride);
}

/** What a phase moves the visible biases by along `centred`. */
export function biasStep(model: Model, phase: Phase): f32 {
  return model.centering == 0 ? phase.weight : phase.weight * (1 - dot(phase.hidden, model.hiddenOffset, model.hiddenBytes));
}
