// Gibbs sampling, one field after the other: p(v_i | v_−i) is normal with precision λ = t² + |a|² and mean v_i − f / λ,
// f = ∂F/∂v_i = t² (v_i − b_i) + a · y. The residual y follows: a sweep costs three multiply-adds a root, whatever D is.
import { gaussians } from '../gaussian';
import { axpy, clamp, sum } from './linear';
import { LARGEST, Model, at, columnOf } from './model';
import { workspace } from './workspace';

let slope: f64 = 0;
let precision: f64 = 0;

/** f and λ of a field, in `slope` and `precision`. */
// @ts-ignore: decorator
@inline function lookAt(model: Model, field: i32, value: f64, residual: usize): void {
  const column = columnOf(model, field), root = load<f64>(at(model.baseRoots, field));
  let squares = f64x2.splat(0), products = f64x2.splat(0);
  for (let h: usize = 0; h < model.columnBytes; h += 16) {
    const a = v128.load(column + h);
    squares = f64x2.add(squares, f64x2.mul(a, a));
    products = f64x2.add(products, f64x2.mul(a, v128.load(residual + h)));
  }
  precision = root * root + sum(squares);
  slope = root * root * (value - load<f64>(at(model.baseMeans, field))) + sum(products);
}

/** ∂F/∂v_i at `value`. */
export function slopeOf(model: Model, field: i32, value: f64, residual: usize): f64 {
  lookAt(model, field, value, residual);
  return slope;
}

/** λ of the field that `slopeOf` looked at last. */
export function lastPrecision(): f64 {
  return precision;
}

/** Every field moves to its mean given the others and `noise` (f32, D) deviations beyond. */
function sweepOnce(model: Model, values: usize, residual: usize, noise: usize): void {
  for (let i = 0; i < model.width; i++) {
    const place = at(values, i), value = load<f64>(place);
    lookAt(model, i, value, residual);
    const drawn = value - slope / precision + <f64>load<f32>(noise + (<usize>i << 2)) / Math.sqrt(precision);
    const moved = clamp(drawn, LARGEST);
    store<f64>(place, moved);
    axpy(moved - value, columnOf(model, i), residual, model.columnBytes);
  }
}

/** Draw every field in turn, `sweeps` times. */
export function sweep(model: Model, values: usize, residual: usize, sweeps: i32, random: usize): void {
  const noise = workspace().noise;
  for (let n = 0; n < sweeps; n++) {
    gaussians(random, noise, model.width, 1);
    sweepOnce(model, values, residual, noise);
  }
}

/** The same without chance: every field becomes its mean given the others (Gauss and Seidel). */
export function relax(model: Model, values: usize, residual: usize, sweeps: i32): void {
  const noise = workspace().noise;
  memory.fill(noise, 0, <usize>model.width << 2);
  for (let n = 0; n < sweeps; n++) sweepOnce(model, values, residual, noise);
}

/** Write D values down in f32. */
export function storeRow(model: Model, values: usize, out: usize): void {
  for (let i = 0; i < model.width; i++) {
    store<f32>(out + (<usize>i << 2), <f32>clamp(load<f64>(at(values, i)), LARGEST));
  }
}
