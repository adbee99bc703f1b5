// Surprise of a field: what the free energy would fall by if the field had the value that suits the experts best,
// the mean over experts of ½ [log(ε + min_j d_j) − log(ε + min_j (d_j − ρ_jf))].
import { log4, min1, min4, splat } from '../simd';
import { FARTHEST, Model, countOf } from './model';
import { completeRow } from './missing';
import { epsilonOf, isUsable } from './score';
import { distancesWithout } from './without';
import { workspace } from './workspace';

/** log(ε + the least distances) of four fields; infinity has no logarithm. */
// @ts-ignore: decorator
@inline function logOfLeast(least: usize, epsilon: v128): v128 {
  const distances = min4(v128.load(least), v128.load(least, 16), v128.load(least, 32), v128.load(least, 48));
  return log4(f32x4.pmin(f32x4.add(distances, epsilon), splat(FARTHEST)));
}

/** For every field of an expert's list log(ε + min d) less the same without the field, in place of `least`. */
function findFalls(model: Model): void {
  const least = workspace().least, epsilon = splat(epsilonOf(model));
  const whole = min1(v128.load(least + (<usize>model.looked << 4)));
  const all = log4(f32x4.pmin(f32x4.add(splat(whole), epsilon), splat(FARTHEST)));
  for (let at: usize = 0; at < <usize>model.looked << 2; at += 16) {
    // Four fields of sixteen bytes each have been read where the four results go.
    v128.store(least + at, f32x4.pmax(splat(0), f32x4.sub(all, logOfLeast(least + (at << 2), epsilon))));
  }
}

function addFalls(model: Model, expert: i32): void {
  const sums = workspace().sums, falls = workspace().least;
  const fields = model.fields + ((<usize>expert * <usize>model.looked) << 2);
  for (let at: usize = 0, end = <usize>model.looked << 2; at < end; at += 4) {
    const sum = sums + (<usize>load<u32>(fields + at) << 2);
    store<f32>(sum, load<f32>(sum) + load<f32>(falls + at));
  }
}

/** `out`: D values, NaN where the row lacks one. */
export function surprisesOf(model: Model, row: usize, out: usize): bool {
  if (!isUsable(model, row)) return false;
  completeRow(model);
  memory.fill(workspace().sums, 0, model.rowBytes);
  let used = 0;
  for (let e = 0; e < model.experts; e++) {
    if (countOf(model, e) == 0) continue;
    distancesWithout(model, e);
    findFalls(model);
    addFalls(model, e);
    used++;
  }
  for (let f = 0; f < model.width; f++) {
    const at = <usize>f << 2, given = load<f32>(workspace().given + at);
    const mean: f32 = used ? load<f32>(workspace().sums + at) / (<f32>2 * <f32>used) : 0;
    store<f32>(out + at, given == given ? mean : NaN);
  }
  return true;
}
