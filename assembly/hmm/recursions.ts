// The forward and backward recursions of all experts of a window over one row, scaled so that nothing underflows.
//
//   α̂_t(l) = b_l(o_t) Σ_k α̂_{t−1}(k) A_kl / c_t        c_t so that Σ_l α̂_t(l) = 1
//   β̂_t(k) = Σ_l A_kl b_l(o_t+1) β̂_t+1(l) / c_t+1      α̂ β̂ = p(state of step t | row)
//   log p(row) = Σ_t log c_t
//
// b is divided by the largest of the states, whose logarithm goes to log p. A step that is missing has b = 1: it is summed
// out, exactly, in every expert.
import { exp4, log4, madd, splat } from '../simd';
import { Model, REAL, Window } from './model';
import { isThere, numberAt, symbolAt } from './row';
import {
  backward, forward, initial, likelihood, onward, path, precision, scale, stepOf, total, transition, weights,
} from './workspace';

// @ts-ignore: decorator
@inline const LOG_TWO_PI: f32 = 1.8378770664093453;

function exponentials(from: usize, to: usize, bytes: usize, sign: f32): void {
  const factor = splat(sign);
  for (let at: usize = 0; at < bytes; at += 16) v128.store(to + at, exp4(f32x4.mul(factor, v128.load(from + at))));
}

/** Make the tables of a window, before anything else is asked about it. */
export function openWindow(model: Model, window: Window): void {
  const bytes = model.stateBytes;
  exponentials(window.initial, initial, bytes, 1);
  exponentials(window.transition, transition, <usize>model.states * bytes, 1);
  if (window.kind == REAL) exponentials(window.spread, precision, <usize>window.size * bytes, -1);
}

/** `out` = log b of all states for a channel's value, added to what stands there. */
export function addLogDensity(model: Model, window: Window, channel: i32, value: f32, out: usize): void {
  const bytes = model.stateBytes, offset = <usize>channel * bytes, x = splat(value);
  const half = splat(-0.5), constant = splat(LOG_TWO_PI);
  for (let at: usize = 0; at < bytes; at += 16) {
    const from = offset + at, distance = f32x4.sub(x, v128.load(window.emission + from));
    const exponent = madd(f32x4.mul(distance, distance), v128.load(precision + from), v128.load(window.spread + from));
    v128.store(out + at, madd(half, f32x4.add(exponent, constant), v128.load(out + at)));
  }
}

/** `out` = log b of all states for a step. */
function logLikelihoods(model: Model, window: Window, row: usize, step: i32, out: usize): void {
  const bytes = model.stateBytes;
  if (window.kind != REAL) {
    const from = window.emission + <usize>symbolAt(window, row, step) * bytes;
    for (let at: usize = 0; at < bytes; at += 16) v128.store(out + at, v128.load(from + at));
    return;
  }
  for (let at: usize = 0; at < bytes; at += 16) v128.store(out + at, splat(0));
  for (let c = 0; c < window.size; c++) {
    const value = numberAt(window, row, step, c);
    if (value == value) addLogDensity(model, window, c, value, out);
  }
}

/** Add four numbers to four of double precision. */
// @ts-ignore: decorator
@inline function accumulate(sums: usize, values: v128): void {
  v128.store(sums, f64x2.add(v128.load(sums), f64x2.promote_low_f32x4(values)));
  const high = i32x4.shuffle(values, values, 2, 3, 2, 3);
  v128.store(sums, f64x2.add(v128.load(sums, 16), f64x2.promote_low_f32x4(high)), 16);
}

/** Four experts' `likelihood` of a step from the logarithms that stand there; what they were divided with goes to log p. */
// @ts-ignore: decorator
@inline function lift(at: usize, end: usize, lanes: usize, sums: usize): void {
  let most = v128.load(at);
  for (let x = at + lanes; x < end; x += lanes) most = f32x4.pmax(most, v128.load(x));
  for (let x = at; x < end; x += lanes) v128.store(x, exp4(f32x4.sub(v128.load(x), most)));
  accumulate(sums, most);
}

/** Σ_k from_k · A_kl for four experts; `column` is where A_1l stands. */
// @ts-ignore: decorator
@inline function arrival(from: usize, column: usize, bytes: usize, lanes: usize, end: usize): v128 {
  let sum = splat(0);
  for (let x = from; x < end; x += lanes) {
    sum = madd(v128.load(x), v128.load(column), sum);
    column += bytes;
  }
  return sum;
}

/** `out` = p(state of a step | the steps before it). */
export function predict(model: Model, step: i32, out: usize): void {
  const bytes = model.stateBytes, lanes = model.lanes;
  if (step == 0) {
    for (let at: usize = 0; at < bytes; at += 16) v128.store(out + at, v128.load(initial + at));
    return;
  }
  const last = stepOf(model, forward, step - 1);
  for (let at: usize = 0; at < bytes; at += 16) {
    const lane = last + at % lanes;
    v128.store(out + at, arrival(lane, transition + at, bytes, lanes, lane + bytes));
  }
}

/** One step of the forward recursion for all experts, p(state | past) standing in `state`. */
function condition(model: Model, state: usize, step: i32, isPresent: bool): void {
  const bytes = model.stateBytes, lanes = model.lanes, b = stepOf(model, likelihood, step);
  const scales = scale + <usize>step * lanes;
  for (let at: usize = 0; at < lanes; at += 16) {
    let sum = splat(0);
    if (isPresent) lift(b + at, b + at + bytes, lanes, total + 2 * at);
    for (let k = at; k < bytes; k += lanes) {
      if (!isPresent) v128.store(b + k, splat(1));
      const joint = f32x4.mul(v128.load(state + k), v128.load(b + k));
      v128.store(state + k, joint);
      sum = f32x4.add(sum, joint);
    }
    v128.store(scales + at, sum);
    if (isPresent) accumulate(total + 2 * at, log4(sum));
    const share = f32x4.div(splat(1), sum);
    for (let k = at; k < bytes; k += lanes) v128.store(state + k, f32x4.mul(share, v128.load(state + k)));
  }
}

/** α̂ of `steps` steps, and log p of every expert in `total`. */
export function goForward(model: Model, window: Window, row: usize, steps: i32): void {
  memory.fill(total, 0, 2 * model.lanes);
  for (let t = 0; t < steps; t++) {
    const state = stepOf(model, forward, t), isPresent = isThere(window, row, t);
    predict(model, t, state);
    if (isPresent) logLikelihoods(model, window, row, t, stepOf(model, likelihood, t));
    condition(model, state, t, isPresent);
  }
}

/** β̂ of `steps` steps, after `goForward`. */
export function goBackward(model: Model, steps: i32): void {
  const bytes = model.stateBytes, lanes = model.lanes;
  for (let t = steps - 1; t >= 0; t--) {
    const out = stepOf(model, backward, t);
    if (t == steps - 1) {
      for (let at: usize = 0; at < bytes; at += 16) v128.store(out + at, splat(1));
      continue;
    }
    const next = stepOf(model, onward, t + 1), b = stepOf(model, likelihood, t + 1), future = stepOf(model, backward, t + 1);
    const scales = scale + <usize>(t + 1) * lanes;
    for (let at: usize = 0; at < lanes; at += 16) {
      const share = f32x4.div(splat(1), v128.load(scales + at));
      for (let l = at; l < bytes; l += lanes) {
        v128.store(next + l, f32x4.mul(share, f32x4.mul(v128.load(b + l), v128.load(future + l))));
      }
      for (let k = at; k < bytes; k += lanes) {
        let sum = splat(0), a = transition + <usize>(k / lanes) * bytes + at;
        for (let l = at; l < bytes; l += lanes) {
          sum = madd(v128.load(a), v128.load(next + l), sum);
          a += lanes;
        }
        v128.store(out + k, sum);
      }
    }
  }
}

/** `out` = p(state of a step | row), after both recursions. */
export function posterior(model: Model, step: i32, out: usize): void {
  const a = stepOf(model, forward, step), b = stepOf(model, backward, step);
  for (let at: usize = 0; at < model.stateBytes; at += 16) {
    v128.store(out + at, f32x4.mul(v128.load(a + at), v128.load(b + at)));
  }
}

/** Σ_m log p_m(row), after `goForward`. */
export function logDensity(model: Model): f64 {
  let sum: f64 = 0;
  for (let m = 0; m < model.experts; m++) sum += load<f64>(total + (<usize>m << 3));
  return sum;
}
