// Learning: every expert keeps a random sample of the stream, with a share that new rows win by chance.
//
// After t rows an expert takes the row with probability P / min(t, decay): in an empty place while it has one, otherwise
// in place of a random centre (Vitter 1985, algorithm R; the bound makes old rows fade with a half-life of
// decay · ln 2 rows).
import { splat } from '../simd';
import { uniform1, uniform4 } from '../random';
import { Model, centreValue, countOf, fieldAt, learningRandom } from './model';
import { completeRow } from './missing';
import { noticeRow } from './notice';
import { refine } from './refine';
import { rescaleWhenDue } from './scale';
import { isUsable } from './score';
import { missingCount, workspace } from './workspace';

/** The rows that a new one competes with. */
function competitors(model: Model): f64 {
  return model.decay > 0 ? min(model.seen, model.decay) : model.seen;
}

/**
 * Find the centres that the row replaces: pairs (expert, centre) in `chosen`; their number. A chance of p is two
 * chances of √p, because the 24 bits of a random number are too few for a small p.
 */
function choose(model: Model): i32 {
  const random = learningRandom(model), root = Math.sqrt(model.centreCount / competitors(model));
  const bound = splat(<f32>min(1, root));
  let chosen = 0;
  for (let first = 0; first < model.experts; first += 4) {
    let lanes = i32x4.bitmask(f32x4.lt(uniform4(random), bound));
    for (; lanes; lanes &= lanes - 1) {
      const e = first + ctz(lanes);
      if (e >= model.experts || <f64>uniform1(random) >= root) continue;
      const count = countOf(model, e);
      const centre = count < model.room ? count : <i32>(<f64>uniform1(random) * model.centreCount);
      const pair = workspace().chosen + (<usize>chosen << 3);
      store<i32>(pair, e);
      store<i32>(pair, centre, 4);
      chosen++;
    }
  }
  return chosen;
}

function place(model: Model, expert: i32, centre: i32): void {
  for (let k = 0; k < model.looked; k++) {
    const value = load<f32>(workspace().row + (<usize>fieldAt(model, expert, k) << 2));
    store<f32>(centreValue(model, expert, k, centre), value);
  }
  const count = model.counts + (<usize>expert << 2);
  store<i32>(count, max(load<i32>(count), centre + 1));
}

/** Put the row into the reservoir of learned rows, which takes every row while it has room. Holes stay holes. */
function keep(model: Model): void {
  const random = learningRandom(model);
  let slot = <i32>model.kept;
  if (slot < model.reservoirRows) model.kept += 1;
  else if (<f64>uniform1(random) * competitors(model) < model.reservoirCount) {
    slot = <i32>(uniform1(random) * <f32>model.reservoirRows);
  } else return;
  const word = <usize>(slot >> 5) << 2, bit: u32 = 1 << (slot & 31);
  for (let f = 0; f < model.width; f++) {
    const given = load<f32>(workspace().given + (<usize>f << 2));
    const present = model.present + <usize>f * model.presentBytes + word;
    const value = load<f32>(workspace().row + (<usize>f << 2));
    store<f32>(model.reservoir + <usize>f * model.reservoirBytes + (<usize>slot << 2), value);
    store<u32>(present, given == given ? load<u32>(present) | bit : load<u32>(present) & ~bit);
  }
}

/** Take notice of a row without learning it. False, and nothing changed, when it has an infinite value. */
export function noticeOnly(model: Model, row: usize): bool {
  if (!isUsable(model, row)) return false;
  noticeRow(model);
  rescaleWhenDue(model);
  return true;
}

/** Learn one row. False, and nothing changed, when it has an infinite value. */
export function learnRow(model: Model, row: usize): bool {
  if (!isUsable(model, row)) return false;
  noticeRow(model);
  keep(model);
  const chosen = choose(model), refines = model.learningRate > 0;
  if (refines || (chosen && missingCount())) completeRow(model);
  for (let n = 0; n < chosen; n++) {
    const pair = workspace().chosen + (<usize>n << 3);
    place(model, load<i32>(pair), load<i32>(pair, 4));
  }
  if (refines) refine(model);
  rescaleWhenDue(model);
  return true;
}
