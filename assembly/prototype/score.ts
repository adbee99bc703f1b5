// The free energy: −log of the geometric mean of the experts, −(1/E) Σ_e log g_e(x).
import { log4, splat, sum1 } from '../simd';
import { FARTHEST, Model, countOf } from './model';
import { distancesTo, winnerOf } from './distance';
import { completeRow } from './missing';
import { readRow } from './row';
import { openWorkspace, workspace } from './workspace';

/** ε: what a field adds to every distance, so that the logarithm of no distance at all is finite. */
const PER_FIELD: f32 = 1e-6;

// @ts-ignore: decorator
@inline export function epsilonOf(model: Model): f32 {
  return PER_FIELD * <f32>model.looked;
}

/** Σ log x over `count` positive numbers; up to three behind them are overwritten. */
function sumOfLogs(x: usize, count: i32): f64 {
  for (let i = count; i < ((count + 3) & ~3); i++) store<f32>(x + (<usize>i << 2), 1);
  let sum: f64 = 0;
  for (let at: usize = 0; at < <usize>count << 2; at += 16) sum += <f64>sum1(log4(v128.load(x + at)));
  return sum;
}

/** Mean over the experts with centres of ½ log(ε + the distance to the nearest one), for the row in the workspace. */
export function energyOfRow(model: Model): f32 {
  const nearest = workspace().nearest, epsilon = epsilonOf(model);
  let used = 0;
  for (let e = 0; e < model.experts; e++) {
    if (countOf(model, e) == 0) continue;
    store<f32>(nearest + (<usize>used << 2), min(FARTHEST, distancesTo(model, e) + epsilon));
    used++;
  }
  return used ? <f32>(0.5 * sumOfLogs(nearest, used) / <f64>used) : 0;
}

/** Can the row be used? */
export function isUsable(model: Model, row: usize): bool {
  openWorkspace(model);
  return readRow(model, row);
}

/** NaN when the row is refused; 0 without any centre. */
export function freeEnergyOf(model: Model, row: usize): f32 {
  if (!isUsable(model, row)) return NaN;
  completeRow(model);
  return energyOfRow(model);
}

/** `out`: 1 at the centre of each expert that is nearest to the row, 0 elsewhere (E, P). */
export function featuresOf(model: Model, row: usize, out: usize): bool {
  if (!isUsable(model, row)) return false;
  completeRow(model);
  const bytes = <usize>model.room << 2;
  memory.fill(out, 0, <usize>model.experts * bytes);
  for (let e = 0; e < model.experts; e++) {
    if (countOf(model, e) > 0) store<f32>(out + <usize>e * bytes + (<usize>winnerOf(model, e) << 2), 1);
  }
  return true;
}
