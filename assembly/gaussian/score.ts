// What a product says about a row. What the row lacks is integrated out of the product, which comes to filling in its mean.
import { clamp, dot, sum } from './linear';
import { LARGEST, MOST_NATS, Model, at, columnOf } from './model';
import { marginalPrecision } from './marginal';
import { findRow, hasGaps, isGap, readRow } from './row';
import { lastPrecision, relax, slopeOf, storeRow } from './sweep';
import { openWorkspace, workspace } from './workspace';

/** Can the row be used? */
export function isUsable(model: Model, row: usize): bool {
  openWorkspace(model);
  return readRow(model, row);
}

/** Nats; NaN when the row is refused. */
export function freeEnergyOf(model: Model, row: usize): f32 {
  if (!isUsable(model, row)) return NaN;
  findRow(model);
  const residual = workspace().residual;
  let squares = dot(residual, residual, model.columnBytes);
  for (let i = 0; i < model.width; i++) {
    const away = load<f64>(at(workspace().values, i)) - load<f64>(at(model.baseMeans, i));
    const z = away * load<f64>(at(model.baseRoots, i));
    squares += z * z;
  }
  return <f32>min(MOST_NATS, 0.5 * squares);
}

/** ½ z² of each field given the others that are there, NaN where the row lacks it: −log p(v_i | v_−i) / max p. */
export function surprisesOf(model: Model, row: usize, out: usize): bool {
  if (!isUsable(model, row)) return false;
  findRow(model);
  const values = workspace().values, residual = workspace().residual;
  for (let i = 0; i < model.width; i++) {
    const slope = slopeOf(model, i, load<f64>(at(values, i)), residual), root = load<f64>(at(model.baseRoots, i));
    const precision = hasGaps ? root * root + marginalPrecision(model, i) : lastPrecision();
    const nats = 0.5 * slope * slope / precision;
    store<f32>(out + (<usize>i << 2), isGap(i) ? NaN : <f32>min(MOST_NATS, nats));
  }
  return true;
}

/** The mean of a field given all others that are there. */
export function conditionalOf(model: Model, row: usize, field: i32, out: usize): bool {
  openWorkspace(model);
  const own = workspace().row;
  memory.copy(own, row, <usize>model.width << 2);
  const value = load<f32>(own + (<usize>field << 2));
  // A value that may not stand there is refused, although it is not looked at.
  if (value == value) {
    if (!readRow(model, own)) return false;
    store<f32>(own + (<usize>field << 2), NaN);
  }
  if (!readRow(model, own)) return false;
  findRow(model);
  store<f32>(out, <f32>clamp(load<f64>(at(workspace().values, field)), LARGEST));
  return true;
}

/** Gaps filled in, and then every value in turn the mean given the others, `steps` times. */
export function reconstructionOf(model: Model, row: usize, steps: i32, out: usize): bool {
  if (!isUsable(model, row)) return false;
  findRow(model);
  relax(model, workspace().values, workspace().residual, steps);
  storeRow(model, workspace().values, out);
  return true;
}

/** A_m (v − μ_m) of each expert (M, R), which the product would have with mean 0 if it were this expert alone. */
export function featuresOf(model: Model, row: usize, out: usize): bool {
  if (!isUsable(model, row)) return false;
  findRow(model);
  for (let m = 0; m < model.experts; m++) {
    for (let r = 0; r < model.rank; r++) {
      store<f32>(out, <f32>clamp(load<f64>(at(workspace().residual, m * model.room + r)), LARGEST));
      out += 4;
    }
  }
  return true;
}

/** ∂F/∂v (D). */
export function gradientOf(model: Model, row: usize, out: usize): bool {
  if (!isUsable(model, row)) return false;
  findRow(model);
  for (let i = 0; i < model.width; i++) {
    const slope = slopeOf(model, i, load<f64>(at(workspace().values, i)), workspace().residual);
    store<f32>(out + (<usize>i << 2), isGap(i) ? 0 : <f32>clamp(slope, LARGEST));
  }
  return true;
}

/** Does the precision matrix have anything beside its diagonal? */
export function isCoupled(model: Model): bool {
  return model.width > 1;
}

/** x · y of two columns. */
function product(model: Model, i: i32, j: i32): f64 {
  let total = f64x2.splat(0);
  const x = columnOf(model, i), y = columnOf(model, j);
  for (let h: usize = 0; h < model.columnBytes; h += 16) {
    total = f64x2.add(total, f64x2.mul(v128.load(x + h), v128.load(y + h)));
  }
  return sum(total);
}

/** Add Λ μ (D) and Λ, all of it or its diagonal, f64; false when the diagonal does not say it all. */
export function addPrecision(model: Model, linear: usize, precision: usize, full: bool, zeros: usize): bool {
  if (!full && isCoupled(model)) return false;
  for (let i = 0; i < model.width; i++) {
    const root = load<f64>(at(model.baseRoots, i)), own = root * root;
    const pull = own * load<f64>(at(model.baseMeans, i)) - dot(columnOf(model, i), zeros, model.columnBytes);
    store<f64>(at(linear, i), load<f64>(at(linear, i)) + pull);
    const first = full ? 0 : i, last = full ? model.width : i + 1, row = full ? at(precision, i * model.width) : precision;
    for (let j = first; j < last; j++) {
      store<f64>(at(row, j), load<f64>(at(row, j)) + product(model, i, j) + (i == j ? own : 0));
    }
  }
  return true;
}
