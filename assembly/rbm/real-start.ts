// Where real units start: at the mean of the data and half its deviation, less what lies far outside its quartiles, with
// weights in the data's unit of measurement and the hidden units at their middle for a row of means. A machine that starts
// at the whole deviation is a good single Gaussian, and stays one.
import { drive } from './layers';
import { log } from '../log';
import { exp4, splat } from '../simd';
import { Model, REAL, runAt } from './model';
import { phaseAt } from './workspace';

/** Rows that the quartiles are taken of. */
const SAMPLE: i32 = 256;
// @ts-ignore: decorator
@inline const SORTED: usize = memory.data(1024, 16);
/** What lies farther out than so many distances between the quartiles counts as that far out. */
const FENCE: f64 = 3;
/** Of the data's deviation, what a unit starts with. */
const SHARE: f64 = 0.5;
/** What is larger counts as that large: averages have to be finite. */
const LARGEST: f64 = 1e6;

let least: f64 = 0;
let most: f64 = 0;

/** Put the column's first values in order; how many there are. */
function sortColumn(model: Model, column: usize, count: i32): i32 {
  const bytes = <usize>model.width << 2;
  let sorted = 0;
  for (let n = 0; n < min(count, SAMPLE); n++) {
    const x = load<f32>(column + <usize>n * bytes);
    if (x != x) continue;
    let at = sorted++;
    for (; at > 0 && load<f32>(SORTED + (<usize>(at - 1) << 2)) > x; at--) {
      store<f32>(SORTED + (<usize>at << 2), load<f32>(SORTED + (<usize>(at - 1) << 2)));
    }
    store<f32>(SORTED + (<usize>at << 2), x);
  }
  return sorted;
}

/** Find where the column's values are cut off. */
function fence(model: Model, column: usize, count: i32): void {
  const sorted = sortColumn(model, column, count);
  least = -LARGEST;
  most = LARGEST;
  if (sorted < 4) return;
  const low = <f64>load<f32>(SORTED + (<usize>(sorted >> 2) << 2));
  const high = <f64>load<f32>(SORTED + (<usize>((3 * sorted) >> 2) << 2));
  if (!(high > low)) return;
  least = max(least, low - FENCE * (high - low));
  most = min(most, high + FENCE * (high - low));
}

/** Mean and variance of the column, into bias, offset and log σ². */
function setColumn(model: Model, at: usize, column: usize, count: i32): void {
  const bytes = <usize>model.width << 2;
  let values: f64 = 0, mean: f64 = 0, squares: f64 = 0;
  fence(model, column, count);
  for (let n = 0; n < count; n++) {
    const x = <f64>load<f32>(column + <usize>n * bytes);
    if (x != x) continue;
    const value = max(min(x, most), least), apart = value - mean;
    values++;
    mean += apart / values;
    squares += apart * (value - mean);
  }
  if (values == 0) return;
  const low = model.leastDeviation * model.leastDeviation, high = model.mostDeviation * model.mostDeviation;
  const before = load<f32>(model.logVariance + at);
  store<f32>(model.visibleBias + at, <f32>mean);
  store<f32>(model.visibleOffset + at, <f32>mean);
  store<f32>(model.logVariance + at, <f32>log(max(min(SHARE * SHARE * squares / values, high), low)));
  scaleColumn(model, at, before);
}

/** Weights of the column change with its deviation, whose logarithm squared was `before`. */
function scaleColumn(model: Model, at: usize, before: f32): void {
  const change: f32 = 0.5 * (load<f32>(model.logVariance + at) - before);
  const scale = f32x4.extract_lane(exp4(splat(change)), 0);
  for (let j: usize = 0; j < <usize>model.hidden; j++) {
    const place = model.weights + j * model.stride + at;
    store<f32>(place, scale * load<f32>(place));
  }
}

/** `rows` were read before: all their values are numbers or missing. */
export function initialiseReal(model: Model, rows: usize, count: i32): void {
  for (let r = 0; r < model.runCount; r++) {
    const run = runAt(model, r);
    if (run.kind != REAL) continue;
    for (let at = <usize>run.start << 2, end = at + (<usize>run.size << 2); at < end; at += 4) {
      setColumn(model, at, rows + at, count);
    }
  }
}

/** c = −Σ W μ / σ² over the real units. The scales are those of the parameters that learn. */
export function centreHiddenBiases(model: Model): void {
  const phase = phaseAt(0);
  memory.fill(phase.state, 0, model.stride);
  memory.fill(model.hiddenBias, 0, model.hiddenBytes);
  for (let r = 0; r < model.runCount; r++) {
    const run = runAt(model, r);
    if (run.kind != REAL) continue;
    for (let at = <usize>run.start << 2, end = at + (<usize>run.size << 2); at < end; at += 4) {
      store<f32>(phase.state + at, -load<f32>(model.visibleOffset + at) * load<f32>(model.precision + at));
    }
  }
  drive(model, model.weights, model.hiddenBias, phase.state, phase.steps, 0, model.rows);
  memory.copy(model.hiddenBias, phase.steps, <usize>model.hidden << 2);
}
