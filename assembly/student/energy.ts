// The energy of a deviation x from the location, F = Σ_j a_j log(1 + ½ z_j²) + ½ Σ_i ε_i x_i², and its gradient.
import { log4, madd, splat } from '../simd';
import { LARGEST_ENERGY, Model } from './model';
import { combine, respond } from './filters';
import { isPartial, openWorkspace, workspace } from './workspace';
import { keepPresent, readRow } from './row';

/** The sum of four lanes in f64. */
// @ts-ignore: decorator
@inline function add4(sum: v128, x: v128): v128 {
  const high = i32x4.shuffle(x, x, 2, 3, 2, 3);
  return f64x2.add(sum, f64x2.add(f64x2.promote_low_f32x4(x), f64x2.promote_low_f32x4(high)));
}

// @ts-ignore: decorator
@inline function total(sum: v128): f64 {
  return f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1);
}

/** Σ_j a_j log(1 + ½ z_j²). */
export function energyOfResponses(model: Model, z: usize): f64 {
  const a = workspace().exponents, half = splat(0.5), one = splat(1);
  let sum = f64x2.splat(0);
  for (let at: usize = 0; at < model.expertBytes; at += 16) {
    const r = v128.load(z + at), t = madd(f32x4.mul(half, r), r, one);
    sum = add4(sum, f32x4.mul(v128.load(a + at), log4(t)));
  }
  return total(sum);
}

/** ½ Σ_i ε_i x_i², the vague expert's share. */
export function vagueEnergy(model: Model, x: usize): f64 {
  const precision = model.precision;
  let sum = f64x2.splat(0);
  for (let at: usize = 0; at < model.stride; at += 16) {
    const v = v128.load(x + at);
    // √ε x keeps its square within float32 for all values and any ε that is allowed.
    const root = f32x4.mul(f32x4.sqrt(v128.load(precision + at)), v);
    const high = i32x4.shuffle(root, root, 2, 3, 2, 3);
    const p = f64x2.promote_low_f32x4(root), q = f64x2.promote_low_f32x4(high);
    sum = f64x2.add(sum, f64x2.add(f64x2.mul(p, p), f64x2.mul(q, q)));
  }
  return 0.5 * total(sum);
}

/** w_j = a_j z_j / (1 + ½ z_j²): what the gradient of F weighs filters with. */
export function weigh(model: Model, z: usize, w: usize): void {
  const a = workspace().exponents, half = splat(0.5), one = splat(1);
  for (let at: usize = 0; at < model.expertBytes; at += 16) {
    const r = v128.load(z + at), t = madd(f32x4.mul(half, r), r, one);
    v128.store(w + at, f32x4.div(f32x4.mul(v128.load(a + at), r), t));
  }
}

/** F and ∂F/∂x at x, where a row that lacks values is left as it is. Uses `chainResponse` and `chainWeight`. */
export function energyAndGradient(context: usize, x: usize, gradient: usize): f64 {
  const model = changetype<Model>(context), z = workspace().chainResponse, w = workspace().chainWeight;
  respond(model, x, z);
  weigh(model, z, w);
  combine(model, w, gradient);
  const precision = model.precision;
  for (let at: usize = 0; at < model.stride; at += 16) {
    v128.store(gradient + at, madd(v128.load(precision + at), v128.load(x + at), v128.load(gradient + at)));
  }
  if (isPartial()) keepPresent(model, gradient);
  return energyOfResponses(model, z) + vagueEnergy(model, x);
}

/** F of the row in the workspace; its responses stand in `dataResponse`. */
export function energyOfRow(model: Model): f64 {
  const row = workspace().row, z = workspace().dataResponse;
  respond(model, row, z);
  return Math.min(LARGEST_ENERGY, energyOfResponses(model, z) + vagueEnergy(model, row));
}

/** Can the row be used? */
export function isUsable(model: Model, row: usize): bool {
  openWorkspace(model);
  return readRow(model, row);
}

/** NaN when the row is refused. */
export function freeEnergyOf(model: Model, row: usize): f32 {
  return isUsable(model, row) ? <f32>energyOfRow(model) : NaN;
}

/** `out`: ∂F/∂v, D values, 0 where one is missing. */
export function gradientOf(model: Model, row: usize, out: usize): bool {
  if (!isUsable(model, row)) return false;
  const gradient = workspace().dataDirection;
  energyAndGradient(changetype<usize>(model), workspace().row, gradient);
  memory.copy(out, gradient, <usize>model.width << 2);
  return true;
}

/** `out`: J·(v − c), what every filter makes of the row (M). */
export function responsesOf(model: Model, row: usize, out: usize): bool {
  if (!isUsable(model, row)) return false;
  respond(model, workspace().row, workspace().dataResponse);
  memory.copy(out, workspace().dataResponse, <usize>model.experts << 2);
  return true;
}
