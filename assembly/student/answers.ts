// What the experts say about single values, and what they make of a row.
import { madd, splat } from '../simd';
import { isUsable, weigh } from './energy';
import { combine, respond } from './filters';
import { bestMove, energyHere, leastEnergy, moveDown, readColumn, shift } from './line';
import { LARGEST_ENERGY, Model, filterAt } from './model';
import { writeRow } from './row';
import { isPartial, workspace } from './workspace';

/** Rounds in which missing values go downhill after each has been put where it is likeliest. */
const ROUNDS: i32 = 12;

// @ts-ignore: decorator
@inline function isPresent(value: i32): bool {
  return load<u32>(workspace().present + (<usize>value << 2)) != 0;
}

// @ts-ignore: decorator
@inline function deviation(value: i32): usize {
  return workspace().row + (<usize>value << 2);
}

/** `out`: by how much the energy is beyond the least that the value could have beside the others; NaN where it is missing. */
export function surprisesOf(model: Model, row: usize, out: usize): bool {
  if (!isUsable(model, row)) return false;
  const z = workspace().dataResponse, b = workspace().difference;
  respond(model, workspace().row, z);
  for (let i = 0; i < model.width; i++) {
    let surprise: f32 = NaN;
    if (isPresent(i)) {
      const x = <f64>load<f32>(deviation(i));
      readColumn(model, i, b);
      const here = energyHere(model, i, z, b, x);
      bestMove(model, i, z, b, x);
      surprise = <f32>Math.min(LARGEST_ENERGY, Math.max(0, here - leastEnergy()));
    }
    store<f32>(out + (<usize>i << 2), surprise);
  }
  return true;
}

/** `out`: the value that is likeliest beside the others. */
export function conditionalOf(model: Model, row: usize, value: i32, out: usize): bool {
  if (!isUsable(model, row)) return false;
  const z = workspace().dataResponse, b = workspace().difference;
  store<f32>(deviation(value), 0);
  respond(model, workspace().row, z);
  readColumn(model, value, b);
  store<f32>(out, load<f32>(model.location + (<usize>value << 2)) + bestMove(model, value, z, b, 0));
  return true;
}

/** Put what is missing where it is likeliest: one value after the other, and then all of them downhill. */
function fillIn(model: Model): void {
  const z = workspace().dataResponse, b = workspace().difference;
  respond(model, workspace().row, z);
  for (let round = 0; round <= ROUNDS; round++) {
    for (let i = 0; i < model.width; i++) {
      if (isPresent(i)) continue;
      const x = load<f32>(deviation(i));
      readColumn(model, i, b);
      const t = round == 0 ? bestMove(model, i, z, b, <f64>x) : moveDown(model, i, z, b, <f64>x);
      store<f32>(deviation(i), x + t);
      shift(model, z, b, t);
    }
  }
}

/**
 * K_i = ε_i + Σ_j u_j |J_ji| Σ_k |J_jk| with the means u_j = a_j / (1 + ½ z_j²) of the precisions: where all values move at
 * once, each by its slope over this, the energy does not rise (Lange, Hunter and Yang 2000).
 */
function findJointCurvature(model: Model, z: usize, out: usize): void {
  const stride = model.stride;
  for (let at: usize = 0; at < stride; at += 16) v128.store(out + at, v128.load(model.precision + at));
  for (let j = 0; j < model.experts; j++) {
    const filter = filterAt(model, j), place = <usize>j << 2, response = load<f32>(z + place);
    let sums = splat(0);
    for (let at: usize = 0; at < stride; at += 16) sums = f32x4.add(sums, f32x4.abs(v128.load(filter + at)));
    const total =
      f32x4.extract_lane(sums, 0) + f32x4.extract_lane(sums, 1) + f32x4.extract_lane(sums, 2) + f32x4.extract_lane(sums, 3);
    const mean = load<f32>(workspace().exponents + place) / (1 + <f32>0.5 * response * response);
    const factor = splat(mean * total);
    for (let at: usize = 0; at < stride; at += 16) {
      v128.store(out + at, madd(factor, f32x4.abs(v128.load(filter + at)), v128.load(out + at)));
    }
  }
}

/** x −= ∂F / K. */
function denoise(model: Model): void {
  const parts = workspace(), x = parts.row, z = parts.dataResponse, slope = parts.slope, tiny = splat(1e-30);
  respond(model, x, z);
  findJointCurvature(model, z, parts.curvature);
  weigh(model, z, parts.dataWeight);
  combine(model, parts.dataWeight, slope);
  for (let at: usize = 0; at < model.stride; at += 16) {
    const value = v128.load(x + at), gradient = madd(v128.load(model.precision + at), value, v128.load(slope + at));
    const step = f32x4.div(gradient, f32x4.pmax(tiny, v128.load(parts.curvature + at)));
    v128.store(x + at, f32x4.sub(value, step));
  }
}

/** `out`: the row, with what it lacks filled in, after `steps` steps towards what the experts expect. */
export function reconstructionOf(model: Model, row: usize, steps: i32, out: usize): bool {
  if (!isUsable(model, row)) return false;
  if (isPartial()) fillIn(model);
  for (let n = 0; n < steps; n++) denoise(model);
  writeRow(model, workspace().row, out);
  return true;
}
