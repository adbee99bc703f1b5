// Has the stream changed? Then learning has to begin anew, with the rate and the short average that it began with.
//
// Of rows that were learned every `driftInterval`-th that lacks nothing is kept: the first n = `driftReservoir` as older
// rows, then m = `driftSample` new ones, which are compared with the older ones under the parameters that score. In
//
//   d = mean F(new rows) − mean F(older rows)
//
// log Z cancels. What is left is that these older rows are not quite what the stream was on average, which the mean of the
// earlier d knows: with s² the variance of F over the new rows, or that of earlier ones where it is larger,
//
//   z_k = (d_k − mean d) / √(s²/m · (1 + 1/(k − 1)))
//
// has deviation one and no memory while the stream stays as it is (Hawkins 1987, Self-starting CUSUM charts). Two sums,
// g = max(0, g ± z − 1), watch it (Page 1954). After each comparison one of the new rows takes the place of an older one;
// the mean of d moves by what that changes, which is known: both have just been looked at.
//
// Cost: (n + m) / (driftInterval · m) free energies a row.
import { freeEnergiesOf } from './block';
import { Model, isAnsweringLive, live } from './model';

/** How much of a change, in standard errors, is none. */
const ALLOWANCE: f64 = 1;
/** No comparison says more than so many standard errors: a few rows that are far out are no drift. */
const LARGEST: f64 = 5;
/** Means go back over so many comparisons. */
const MEMORY: f64 = 64;
/**
 * A variance of free energies, nats², below which differences matter to nobody: where all records are about as likely as each
 * other, what moves their free energies is learning itself.
 */
const LEAST_VARIANCE: f64 = 1;

/** Forget all rows: what comes next is what is usual. */
export function restartDrift(model: Model): void {
  model.comparisons = 0;
  model.usualGap = 0;
  model.usualVariance = 0;
  model.rising = 0;
  model.falling = 0;
  model.waiting = 0;
  model.fresh = 0;
  model.held = 0;
}

function isComplete(row: usize, bytes: usize): bool {
  for (let at: usize = 0; at < bytes; at += 4) {
    const x = load<f32>(row + at);
    if (x != x) return false;
  }
  return true;
}

/** How many rows come at least until new ones are compared with older ones. */
export function rowsUntilComparison(model: Model): f64 {
  const kept = model.driftReservoir + model.driftSample - model.held - model.fresh;
  return max(1, model.driftInterval - model.waiting) + (kept - 1) * model.driftInterval;
}

/** Take notice of a row that was learned. Is it time to begin anew? */
export function hasDrifted(model: Model, row: usize): bool {
  const bytes = <usize>model.width << 2;
  model.waiting += 1;
  if (model.waiting < model.driftInterval || !isComplete(row, bytes)) return false;
  model.waiting = 0;
  const older = model.held < model.driftReservoir;
  const index = older ? model.held : model.driftReservoir + model.fresh;
  memory.copy(model.driftRows + <usize>index * bytes, row, bytes);
  if (older) model.held += 1;
  else model.fresh += 1;
  if (model.fresh < model.driftSample) return false;
  model.fresh = 0;
  return compare(model);
}

/** Of all rows, under the parameters that score, whoever is asking for others. */
function findEnergies(model: Model): void {
  const isLive = isAnsweringLive();
  live(0);
  freeEnergiesOf(model, model.driftRows, <i32>(model.driftReservoir + model.driftSample), model.driftEnergies);
  live(i32(isLive));
}

/** Mean of `count` energies from the `first` on. */
function meanEnergy(model: Model, first: f64, count: f64): f64 {
  let sum: f64 = 0;
  for (let n: f64 = 0; n < count; n++) sum += energyAt(model, first + n);
  return sum / count;
}

// @ts-ignore: decorator
@inline function energyAt(model: Model, index: f64): f64 {
  return <f64>load<f32>(model.driftEnergies + (<usize>index << 2));
}

function varianceOfNew(model: Model, mean: f64): f64 {
  let sum: f64 = 0;
  for (let n: f64 = 0; n < model.driftSample; n++) {
    const apart = energyAt(model, model.driftReservoir + n) - mean;
    sum += apart * apart;
  }
  return sum / (model.driftSample - 1);
}

/** Compare the new rows with the older ones. Are they others? */
function compare(model: Model): bool {
  const older = model.driftReservoir, count = model.driftSample;
  findEnergies(model);
  const mean = meanEnergy(model, older, count), gap = mean - meanEnergy(model, 0, older);
  const variance = varianceOfNew(model, mean);
  // Parameters that have grown beyond all bounds are not the stream's doing.
  if (!(abs(gap) + variance < Infinity)) return false;
  if (model.comparisons > 0) addUp(model, gap, variance);
  model.comparisons += 1;
  const share = 1 / min(model.comparisons, MEMORY);
  model.usualGap += share * (gap - model.usualGap);
  model.usualVariance += share * (variance - model.usualVariance);
  replaceOne(model);
  return max(model.rising, model.falling) > model.driftThreshold;
}

/** Both sums += what a comparison says. */
function addUp(model: Model, gap: f64, variance: f64): void {
  const spread = max(max(model.usualVariance, variance), LEAST_VARIANCE) / model.driftSample;
  const error = Math.sqrt(spread * (1 + 1 / min(model.comparisons, MEMORY)));
  const z = max(min((gap - model.usualGap) / error, LARGEST), -LARGEST);
  model.rising = max(0, model.rising + z - ALLOWANCE);
  model.falling = max(0, model.falling - z - ALLOWANCE);
}

/** One of the new rows takes the place of an older one. */
function replaceOne(model: Model): void {
  const bytes = <usize>model.width << 2;
  const from = model.driftReservoir + model.comparisons % model.driftSample, to = model.comparisons % model.driftReservoir;
  model.usualGap -= (energyAt(model, from) - energyAt(model, to)) / model.driftReservoir;
  memory.copy(model.driftRows + <usize>to * bytes, model.driftRows + <usize>from * bytes, bytes);
}
