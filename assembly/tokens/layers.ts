// One layer given the other. For a text of n tokens (Salakhutdinov and Hinton 2009):
//
//   hidden  A_j(v) = n c_j + Σ_t W_{v_t j}       p(h_j = 1 | v) = σ(A_j)
//   token   p(v_t = k | h) ∝ p0(k) exp(d_k + Σ_j W_kj h_j), the same for each of the n
import { axpy, dot } from '../products';
import { exp4, sigmoid4, splat } from '../simd';
import { uniform4 } from '../random';
import { drawToken, totalCount } from './counts';
import { Model, biasAt, groupAt, weightsOf } from './model';
import { Text, lengthOf, startOf, tokenOf } from './workspace';

/** `out` = A(v) with `tokens` for n, H values; zero in the places that only fill up. Cost: n H additions. */
export function drive(model: Model, text: Text, tokens: i32, out: usize): void {
  const stride = model.stride, n = lengthOf(model, text);
  memory.fill(out, 0, stride);
  for (let t = 0; t < n; t++) axpy(1, weightsOf(model, tokenOf(text, t)), out, stride);
  const scale = splat(<f32>model.scale), length = splat(<f32>tokens);
  for (let at: usize = 0; at < stride; at += 16) {
    const bias = f32x4.mul(length, v128.load(model.hiddenBias + at));
    v128.store(out + at, f32x4.add(bias, f32x4.mul(scale, v128.load(out + at))));
  }
}

/** `out` = σ(input), exactly 0 in the places that only fill up. */
export function activate(model: Model, input: usize, out: usize): void {
  const stride = model.stride, filled = <usize>model.hidden << 2;
  for (let at: usize = 0; at < stride; at += 16) v128.store(out + at, sigmoid4(v128.load(input + at)));
  memory.fill(out + filled, 0, stride - filled);
}

/** `out` = ones with these probabilities, else zeros. */
export function drawHidden(model: Model, probabilities: usize, out: usize, random: usize): void {
  for (let at: usize = 0; at < model.stride; at += 16) {
    v128.store(out + at, v128.and(f32x4.lt(uniform4(random), v128.load(probabilities + at)), splat(1)));
  }
}

/** log of p(token | hidden) / p0(token), up to the constant that all tokens of a group share. */
// @ts-ignore: decorator
@inline export function support(model: Model, unit: i32, hidden: usize): f32 {
  return load<f32>(biasAt(model, unit)) + <f32>model.scale * dot(weightsOf(model, unit), hidden, model.stride);
}

/**
 * Metropolis and Hastings: every token of `text` is offered `proposals` others, each drawn from p0. Since p0 stands in
 * p(token | hidden) as well, it cancels: another one is taken with probability min(1, exp(support' − support)).
 * Leaves Π_t p(v_t | hidden) as it is; cost: a row of W and O(log S) each, whatever S is.
 */
export function drawTokensGiven(model: Model, hidden: usize, text: Text, random: usize): void {
  for (let g = 0; g < model.groupCount; g++) {
    const group = groupAt(model, g), end = startOf(text, g + 1), total = totalCount(model, group);
    for (let t = startOf(text, g); t < end; t++) {
      let unit = tokenOf(text, t), own = support(model, unit, hidden);
      for (let p = 0; p < <i32>model.proposals; p++) {
        const uniforms = uniform4(random);
        const other = group.first + drawToken(model, group, total, uniforms);
        const others = support(model, other, hidden);
        const odds = f32x4.extract_lane(exp4(splat(others - own)), 0);
        if (f32x4.extract_lane(uniforms, 2) < odds) {
          unit = other;
          own = others;
        }
      }
      store<i32>(text.tokens + (<usize>t << 2), unit);
    }
  }
}
