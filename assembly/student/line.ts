// One value given the others: along a line the energy is Σ_j a_j log(1 + ½ (z_j + b_j t)²) + ½ ε (x + t)², whose least value
// is found from candidates and refined. Each expert alone is least at t = −z_j / b_j; near one of these, or between some of
// them, is the minimum of their sum.
import { log4, madd, splat } from '../simd';
import { LARGEST, Model } from './model';
import { workspace } from './workspace';

/** Experts whose maxima are candidates. */
const MOST_CANDIDATES: i32 = 24;
/** Steps from every candidate, and from the best one. */
const FIRST_STEPS: i32 = 2;
const LAST_STEPS: i32 = 40;
/** Of the precision that a step divides by. */
const LEAST_PRECISION: f64 = 1e-60;

/** b_j = J_ji for all experts (M). */
export function readColumn(model: Model, value: i32, out: usize): void {
  let element = model.filters + (<usize>value << 2);
  for (const end = out + model.expertBytes; out < end; out += 4) {
    store<f32>(out, load<f32>(element));
    element += model.stride;
  }
}

/** The energy of the experts at t, in nats. */
function energyAt(model: Model, z: usize, b: usize, t: f32): f64 {
  const a = workspace().exponents, half = splat(0.5), one = splat(1), distance = splat(t);
  const most = splat(LARGEST), least = splat(-LARGEST);
  let low = f64x2.splat(0), high = low;
  for (let at: usize = 0; at < model.expertBytes; at += 16) {
    const moved = madd(distance, v128.load(b + at), v128.load(z + at));
    const r = f32x4.pmax(least, f32x4.pmin(most, moved));
    const share = f32x4.mul(v128.load(a + at), log4(madd(f32x4.mul(half, r), r, one)));
    low = f64x2.add(low, f64x2.promote_low_f32x4(share));
    high = f64x2.add(high, f64x2.promote_low_f32x4(i32x4.shuffle(share, share, 2, 3, 2, 3)));
  }
  const sum = f64x2.add(low, high);
  return f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1);
}

/** The energy at t with what the vague expert adds. */
function lineEnergy(model: Model, value: i32, z: usize, b: usize, x: f64, t: f32): f64 {
  const precision = <f64>load<f32>(model.precision + (<usize>value << 2)), away = x + <f64>t;
  return energyAt(model, z, b, t) + 0.5 * precision * away * away;
}

/**
 * A step down from t: with the precisions that the experts have at t, a_j / (1 + ½ r_j²), the energy is bounded from above
 * by a quadratic function, and t goes to where that is least (Hunter and Lange 2004). Never up.
 */
function stepDown(model: Model, value: i32, z: usize, b: usize, x: f64, t: f32): f32 {
  const a = workspace().exponents, half = splat(0.5), one = splat(1), distance = splat(t);
  const most = splat(LARGEST), least = splat(-LARGEST), vague = <f64>load<f32>(model.precision + (<usize>value << 2));
  let slope = f64x2.splat(0), precision = slope;
  for (let at: usize = 0; at < model.expertBytes; at += 16) {
    const element = v128.load(b + at), moved = madd(distance, element, v128.load(z + at));
    const r = f32x4.pmax(least, f32x4.pmin(most, moved));
    const u = f32x4.div(v128.load(a + at), madd(f32x4.mul(half, r), r, one));
    const first = f32x4.mul(f32x4.mul(u, element), r), second = f32x4.mul(f32x4.mul(u, element), element);
    slope = f64x2.add(slope, f64x2.promote_low_f32x4(first));
    slope = f64x2.add(slope, f64x2.promote_low_f32x4(i32x4.shuffle(first, first, 2, 3, 2, 3)));
    precision = f64x2.add(precision, f64x2.promote_low_f32x4(second));
    precision = f64x2.add(precision, f64x2.promote_low_f32x4(i32x4.shuffle(second, second, 2, 3, 2, 3)));
  }
  const down = f64x2.extract_lane(slope, 0) + f64x2.extract_lane(slope, 1) + vague * (x + <f64>t);
  const curvature = f64x2.extract_lane(precision, 0) + f64x2.extract_lane(precision, 1) + vague;
  const next = <f64>t - down / Math.max(curvature, LEAST_PRECISION);
  return <f32>Math.max(-<f64>LARGEST, Math.min(<f64>LARGEST, next));
}

let bestDistance: f32 = 0;
let bestEnergy: f64 = 0;

function consider(model: Model, value: i32, z: usize, b: usize, x: f64, from: f32, steps: i32): void {
  let t = from;
  for (let n = 0; n < steps; n++) {
    const next = stepDown(model, value, z, b, x, t);
    if (next == t) break;
    t = next;
  }
  const energy = lineEnergy(model, value, z, b, x, t);
  if (!(energy < bestEnergy)) return;
  bestEnergy = energy;
  bestDistance = t;
}

/** a_j b_j², how sharply an expert looks at the value. */
// @ts-ignore: decorator
@inline function sharpness(b: usize, expert: i32): f32 {
  const at = <usize>expert << 2, element = load<f32>(b + at);
  return load<f32>(workspace().exponents + at) * element * element;
}

/** The expert that looks at the value most sharply of those that come after `last`, -1 for none; 0 is no look. */
function nextSharpest(model: Model, b: usize, last: i32): i32 {
  const limit = last < 0 ? <f32>Infinity : sharpness(b, last);
  let next = -1;
  let most: f32 = 0;
  for (let j = 0; j < model.experts; j++) {
    const own = sharpness(b, j);
    if (own > most && (own < limit || (own == limit && j > last))) {
      most = own;
      next = j;
    }
  }
  return next;
}

/**
 * How far `value`, which deviates from the location by x, has to be moved to be as likely as it can be beside the others. z:
 * responses of all experts, b: the column of the value. `leastEnergy` then is the energy there. Candidates are where the
 * experts that look at it most sharply have their maxima: minima without a sharp expert near them are shallow.
 */
export function bestMove(model: Model, value: i32, z: usize, b: usize, x: f64): f32 {
  bestEnergy = Infinity;
  bestDistance = 0;
  consider(model, value, z, b, x, <f32>-x, FIRST_STEPS);
  let expert = nextSharpest(model, b, -1);
  for (let n = 0; n < MOST_CANDIDATES && expert >= 0; n++) {
    const at = <usize>expert << 2, t = -load<f32>(z + at) / load<f32>(b + at);
    if (t <= LARGEST && t >= -LARGEST) consider(model, value, z, b, x, t, FIRST_STEPS);
    expert = nextSharpest(model, b, expert);
  }
  consider(model, value, z, b, x, bestDistance, LAST_STEPS);
  return bestDistance;
}

export function leastEnergy(): f64 {
  return bestEnergy;
}

/** One step towards it from where the value stands. */
export function moveDown(model: Model, value: i32, z: usize, b: usize, x: f64): f32 {
  return stepDown(model, value, z, b, x, 0);
}

/** The energy of the value where it stands. */
export function energyHere(model: Model, value: i32, z: usize, b: usize, x: f64): f64 {
  return lineEnergy(model, value, z, b, x, 0);
}

/** z += t b. */
export function shift(model: Model, z: usize, b: usize, t: f32): void {
  const distance = splat(t), most = splat(LARGEST), least = splat(-LARGEST);
  for (let at: usize = 0; at < model.expertBytes; at += 16) {
    const moved = madd(distance, v128.load(b + at), v128.load(z + at));
    v128.store(z + at, f32x4.pmax(least, f32x4.pmin(most, moved)));
  }
}
