/**
 * Hamiltonian Monte Carlo (Duane, Kennedy, Pendleton and Roweth 1987; Neal 2011): a step for any energy whose gradient is
 * known. A family brings a function that writes the gradient; the leapfrog loop, the momenta and the acceptance are here.
 *
 * Positions, momenta and gradients are float32, `bytes` of them, a multiple of 16; what is padding has the width 0 and does
 * not move. Value i moves in steps of step × width_i, which is a diagonal mass matrix.
 */
import { gaussians } from './gaussian';
import { log } from './log';
import { uniform1 } from './random';
import { madd, splat } from './simd';

/** Writes ∂E/∂x at `position` to `gradient` and returns E(x), in nats. `context` is what `moveBy` was given. */
export type Energy = (context: usize, position: usize, gradient: usize) => f64;

/** Half of the spacing of uniform numbers, which keeps them above 0. */
const HALF_SPACING: f64 = 2.98023223876953125e-8;
/** The share of accepted proposals that steps are adapted to: between 65 and 90 of 100 (Neal 2011, section 5.4.4). */
const WANTED: f64 = 0.8;
/** How fast: a factor of two in 100 proposals that are all accepted, or 25 that are all refused. */
const HASTE: f64 = 0.035;
const LEAST_STEP: f64 = 1e-6;
const MOST_STEP: f64 = 2;

/** How many vectors of `bytes` a step works in. */
export const HAMILTONIAN_VECTORS: usize = 3;

/** y += factor · step_i · x. */
// @ts-ignore: decorator
@inline function advance(y: usize, x: usize, widths: usize, factor: f32, bytes: usize): void {
  const f = splat(factor);
  for (let at: usize = 0; at < bytes; at += 16) {
    const change = f32x4.mul(f32x4.mul(f, v128.load(widths + at)), v128.load(x + at));
    v128.store(y + at, f32x4.add(v128.load(y + at), change));
  }
}

/** ½ |momentum|², of values that can move. */
function kineticEnergy(momentum: usize, widths: usize, bytes: usize): f64 {
  const zero = splat(0);
  let low = f64x2.splat(0), high = low;
  for (let at: usize = 0; at < bytes; at += 16) {
    const p = v128.and(v128.load(momentum + at), f32x4.ne(v128.load(widths + at), zero));
    const square = f32x4.mul(p, p);
    low = f64x2.add(low, f64x2.promote_low_f32x4(square));
    high = f64x2.add(high, f64x2.promote_low_f32x4(i32x4.shuffle(square, square, 2, 3, 2, 3)));
  }
  const sum = f64x2.add(low, high);
  return 0.5 * (f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1));
}

/**
 * One proposal of `leapfrogs` steps from `position`, which becomes the proposal where it is accepted, with probability
 * min(1, e^(H₀ − H₁)); whether it was. Leaves e^−E unchanged, and is reversible: momenta are new each time. The step is
 * drawn evenly between 0.8 and 1.2 of `step`, so that no orbit closes. `work`: HAMILTONIAN_VECTORS × bytes.
 */
export function moveBy(
  energy: Energy, context: usize, position: usize, widths: usize, bytes: usize, leapfrogs: i32, step: f64,
  random: usize, work: usize,
): bool {
  const momentum = work, gradient = work + bytes, proposal = work + 2 * bytes;
  gaussians(random, momentum, <i32>(bytes >> 2), 1);
  const size = <f32>(step * (0.8 + 0.4 * <f64>uniform1(random)));
  for (let at: usize = 0; at < bytes; at += 16) v128.store(proposal + at, v128.load(position + at));

  const before = energy(context, proposal, gradient) + kineticEnergy(momentum, widths, bytes);
  let after: f64 = 0;
  advance(momentum, gradient, widths, -0.5 * size, bytes);
  for (let l = 1; l <= leapfrogs; l++) {
    advance(proposal, momentum, widths, size, bytes);
    after = energy(context, proposal, gradient);
    advance(momentum, gradient, widths, l < leapfrogs ? -size : -0.5 * size, bytes);
  }
  after += kineticEnergy(momentum, widths, bytes);
  // The last draw is taken in any case, and a difference that is no number is refused.
  if (!(log(<f64>uniform1(random) + HALF_SPACING) < before - after)) return false;
  for (let at: usize = 0; at < bytes; at += 16) v128.store(position + at, v128.load(proposal + at));
  return true;
}

/** The step after a proposal that was accepted or not, between 1e-6 and 2. */
export function adaptedStep(step: f64, accepted: bool): f64 {
  const next = step * (1 + HASTE * ((accepted ? 1 : 0) - WANTED));
  return Math.min(Math.max(next, LEAST_STEP), MOST_STEP);
}
