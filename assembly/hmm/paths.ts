// A path of states for every expert, drawn from its posterior by filtering forward and sampling backward:
// s_T ~ α̂_T, then s_t ∝ α̂_t(k) A(k, s_t+1). Paths are ones and zeros, four experts at a time.
import { madd, ones, splat } from '../simd';
import { uniform4 } from '../random';
import { Model } from './model';
import { forward, initial, path, stepOf, transition, weights } from './workspace';

/** `out` = one of the states of each expert, drawn in proportion to `shares` (K, M). */
function drawStates(model: Model, shares: usize, out: usize, random: usize): void {
  const lanes = model.lanes, bytes = model.stateBytes, one = ones();
  for (let at: usize = 0; at < lanes; at += 16) {
    let sum = splat(0);
    for (let k = at; k < bytes; k += lanes) sum = f32x4.add(sum, v128.load(shares + k));
    // The first state at which the shares come above the mark; the last one takes what rounding leaves over.
    const mark = f32x4.mul(uniform4(random), sum);
    let below = splat(0), free = one;
    for (let k = at; k < bytes; k += lanes) {
      below = f32x4.add(below, v128.load(shares + k));
      const isHere = k + lanes >= bytes ? free : v128.and(free, f32x4.lt(mark, below));
      v128.store(out + k, isHere);
      free = v128.andnot(free, isHere);
    }
  }
}

/** `shares` = from_k · A(k, to) for every state k, `to` being ones and zeros. */
function arrivingAt(model: Model, from: usize, to: usize, shares: usize): void {
  const lanes = model.lanes, bytes = model.stateBytes;
  for (let at: usize = 0; at < lanes; at += 16) {
    for (let k = at; k < bytes; k += lanes) {
      let sum = splat(0), a = transition + <usize>(k / lanes) * bytes + at;
      for (let l = at; l < bytes; l += lanes) {
        sum = madd(v128.load(a), v128.load(to + l), sum);
        a += lanes;
      }
      v128.store(shares + k, f32x4.mul(sum, v128.load(from + k)));
    }
  }
}

/** `path` = paths of `steps` steps given the row that `goForward` went over. */
export function drawPaths(model: Model, steps: i32, random: usize): void {
  for (let t = steps - 1; t >= 0; t--) {
    const filtered = stepOf(model, forward, t), here = stepOf(model, path, t);
    if (t == steps - 1) {
      drawStates(model, filtered, here, random);
      continue;
    }
    arrivingAt(model, filtered, stepOf(model, path, t + 1), weights);
    drawStates(model, weights, here, random);
  }
}

/** `path` = paths of `steps` steps as each expert alone would go. */
export function drawPriorPaths(model: Model, steps: i32, random: usize): void {
  const lanes = model.lanes, bytes = model.stateBytes;
  for (let t = 0; t < steps; t++) {
    const here = stepOf(model, path, t);
    if (t == 0) {
      drawStates(model, initial, here, random);
      continue;
    }
    const last = stepOf(model, path, t - 1);
    for (let at: usize = 0; at < bytes; at += 16) {
      let sum = splat(0), a = transition + at;
      for (let k = at % lanes; k < bytes; k += lanes) {
        sum = madd(v128.load(last + k), v128.load(a), sum);
        a += bytes;
      }
      v128.store(weights + at, sum);
    }
    drawStates(model, weights, here, random);
  }
}
