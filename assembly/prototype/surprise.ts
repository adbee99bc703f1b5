// Surprise of a field: what the free energy would fall by if the field had the value that suits the experts best,
// the mean over experts of ½ [log(ε + min_j d_j) − log(ε + min_j (d_j − ρ_jf))].
import { log1, log4, min4, splat } from '../simd';
import { FARTHEST, Model, countOf, fieldAt } from './model';
import { distancesWithout, leastOf } from './distance';
import { completeRow } from './missing';
import { epsilonOf, isUsable } from './score';
import { workspace } from './workspace';

/** The least distance over all fields, from the parts that `distancesWithout` left. */
function leastOverAll(model: Model): f32 {
  const line = model.lineBytes, last = <usize>(model.looked - 1) * line, distances = workspace().distances;
  for (let at: usize = 0; at < line; at += 16) {
    const sum = f32x4.add(v128.load(workspace().without + last + at), v128.load(workspace().share + last + at));
    v128.store(distances + at, f32x4.pmin(splat(FARTHEST), sum));
  }
  return leastOf(distances, line);
}

/** The lanes of the least distances in a line. */
// @ts-ignore: decorator
@inline function lanesOf(line: usize, bytes: usize): v128 {
  let least = v128.load(line);
  for (let at: usize = 16; at < bytes; at += 16) least = f32x4.pmin(least, v128.load(line + at));
  return least;
}

/** The least distances over all fields but one, for four fields from the k-th on. */
// @ts-ignore: decorator
@inline function leastWithout(distances: usize, line: usize): v128 {
  return min4(
    lanesOf(distances, line),
    lanesOf(distances + line, line),
    lanesOf(distances + 2 * line, line),
    lanesOf(distances + 3 * line, line),
  );
}

// @ts-ignore: decorator
@inline function addTo(model: Model, expert: i32, k: i32, change: f32): void {
  if (k >= model.looked) return;
  const sum = workspace().sums + (<usize>fieldAt(model, expert, k) << 2);
  store<f32>(sum, load<f32>(sum) + change);
}

function addSurprises(model: Model, expert: i32): void {
  distancesWithout(model, expert);
  const epsilon = splat(epsilonOf(model)), line = model.lineBytes;
  const all = splat(log1(leastOverAll(model) + epsilonOf(model)));
  for (let k = 0; k < model.looked; k += 4) {
    const least = leastWithout(workspace().without + <usize>k * line, line);
    const fall = f32x4.pmax(splat(0), f32x4.sub(all, log4(f32x4.add(least, epsilon))));
    addTo(model, expert, k, f32x4.extract_lane(fall, 0));
    addTo(model, expert, k + 1, f32x4.extract_lane(fall, 1));
    addTo(model, expert, k + 2, f32x4.extract_lane(fall, 2));
    addTo(model, expert, k + 3, f32x4.extract_lane(fall, 3));
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
    addSurprises(model, e);
    used++;
  }
  for (let f = 0; f < model.width; f++) {
    const at = <usize>f << 2, given = load<f32>(workspace().given + at);
    const mean: f32 = used ? load<f32>(workspace().sums + at) / (<f32>2 * <f32>used) : 0;
    store<f32>(out + at, given == given ? mean : NaN);
  }
  return true;
}
