// Moving parameters: rank-R updates of rows of W that stand in the first-level cache.
import { axpy, dot, madd, splat } from '../simd';
import { scale } from '../vectors';
import { Model } from './model';
import { Phase, phaseAt } from './workspace';

/** Four rows from `w`: row k ← keep · row k + a_k x + b_k y, the coefficients at `a` and `b`. */
// @ts-ignore: decorator
@inline function addTwo(w: usize, stride: usize, x: usize, a: usize, y: usize, b: usize, keep: f32, keeps: bool): void {
  const a0 = v128.load32_splat(a), a1 = v128.load32_splat(a, 4);
  const a2 = v128.load32_splat(a, 8), a3 = v128.load32_splat(a, 12);
  const b0 = v128.load32_splat(b), b1 = v128.load32_splat(b, 4);
  const b2 = v128.load32_splat(b, 8), b3 = v128.load32_splat(b, 12);
  const k = splat(keep);
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

// @ts-ignore: decorator
@inline function kept(x: v128, keep: v128, keeps: bool): v128 {
  return keeps ? f32x4.mul(x, keep) : x;
}

/**
 * Rows [from, to) of `w` ← keep · w + Σ_r steps_r centred_r: the phases two by two, the last alone if it is odd.
 * All five phases of four chains in one pass over two rows took 5 % more (Node 20, 784 × 500): arithmetic is the limit.
 */
function accumulate(model: Model, w: usize, from: i32, to: i32, phases: i32, keep: f32): void {
  const stride = model.stride;
  for (let r = 0; r < phases; r += 2) {
    const x = phaseAt(r), y = phaseAt(r + 1);
    for (let j = from; j < to; j += 4) {
      const row = w + <usize>j * stride, at = <usize>j << 2;
      if (r + 1 == phases) addOne(row, stride, x.centred, x.steps + at);
      else if (r > 0 || keep == 1) {
        addTwo(row, stride, x.centred, x.steps + at, y.centred, y.steps + at, 1, false);
      } else addTwo(row, stride, x.centred, x.steps + at, y.centred, y.steps + at, keep, true);
    }
  }
}

/** velocity −= decay · w, then w += velocity. */
function advance(w: usize, velocity: usize, bytes: usize, decay: f32): void {
  axpy(-decay, w, velocity, bytes);
  axpy(1, velocity, w, bytes);
}

/** Move rows [from, to) of W by the contributions of all phases, with weight decay and momentum. */
export function updateRows(model: Model, from: i32, to: i32, phases: i32, rate: f32): void {
  const decay = rate * <f32>model.weightDecay;
  if (model.velocity == 0) {
    accumulate(model, model.weights, from, to, phases, 1 - decay);
    return;
  }
  // Momentum: Δ ← m Δ + η (G − decay · W), W += Δ.
  accumulate(model, model.velocity, from, to, phases, <f32>model.momentum);
  const at = <usize>from * model.stride, bytes = <usize>(to - from) * model.stride;
  advance(model.weights + at, model.velocity + at, bytes, decay);
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
