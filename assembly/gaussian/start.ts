// Where learning starts: experts of small random roots, the base and all means at the moments of the data.
import { gaussians } from '../gaussian';
import { seed as seedRandom } from '../random';
import { Model, at, columnOf, meanAt } from './model';
import { readRow } from './row';
import { drawExactly } from './sample';
import { openWorkspace, workspace } from './workspace';

/** Normally distributed roots of deviation rootScale / (s √D), the same at every call: a generator of their own draws them. */
export function drawRoots(model: Model): void {
  openWorkspace(model);
  const random = workspace().random, noise = workspace().noise;
  seedRandom(random, <u32>model.seed, 2);
  for (let i = 0; i < model.width; i++) {
    const scale = model.rootScale / (load<f64>(at(model.scales, i)) * Math.sqrt(<f64>model.width));
    for (let m = 0; m < model.experts; m++) {
      const column = at(columnOf(model, i), m * model.room);
      for (let r = 0; r < model.rank; r += 2) {
        gaussians(random, noise, 2, 1);
        store<f64>(at(column, r), scale * <f64>load<f32>(noise));
        if (r + 1 < model.rank) store<f64>(at(column, r + 1), scale * <f64>load<f32>(noise, 4));
      }
    }
  }
}

/** Means and deviations of one field over the rows. A field that never varied may by one in n + 1 rows. */
function fitField(model: Model, rows: usize, count: i32, field: i32): void {
  const stride = <usize>model.width << 2;
  let n: f64 = 0, mean: f64 = 0, squares: f64 = 0;
  for (let row = 0, value = rows + (<usize>field << 2); row < count; row++, value += stride) {
    const x = <f64>load<f32>(value);
    if (x != x) continue;
    n += 1;
    const before = x - mean;
    mean += before / n;
    squares += before * (x - mean);
  }
  if (n == 0) return;
  const variance = squares > 0 ? squares / n : 1 / (n + 1);
  const deviation = max(1e-18, Math.sqrt(variance));
  store<f64>(at(model.scales, field), deviation);
  store<f64>(at(model.baseRoots, field), 1 / deviation);
  store<f64>(at(model.baseMeans, field), mean);
  for (let m = 0; m < model.experts; m++) store<f64>(meanAt(model, m, field), mean);
}

/** How many of the rows can be read. */
function readable(model: Model, rows: usize, count: i32): i32 {
  const stride = <usize>model.width << 2;
  for (let row = 0; row < count; row++) if (!readRow(model, rows + <usize>row * stride)) return row;
  return count;
}

/** Chains are draws from the product. */
export function startChains(model: Model): void {
  if (model.chainCount == 0) return;
  openWorkspace(model);
  const random = workspace().random;
  seedRandom(random, <u32>model.seed, 3);
  drawExactly(model, random, model.chainCount, model.chains);
}

/** Start from `count` rows of any number; the rows read before one was refused, which changes nothing then. */
export function initialiseFrom(model: Model, rows: usize, count: i32): i32 {
  openWorkspace(model);
  const usable = readable(model, rows, count);
  if (usable < count || count == 0) return usable;
  for (let i = 0; i < model.width; i++) fitField(model, rows, count, i);
  drawRoots(model);
  startChains(model);
  return count;
}
