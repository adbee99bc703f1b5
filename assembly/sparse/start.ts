// Where learning starts: biases from counts of the data.
import { log1 } from '../simd';
import { Group, Model, biasAt, groupAt } from './model';
import { readRow } from './row';
import {
  Visible, countOf, data, membersOf, openWorkspace, present, slotCount, slotFirsts,
} from './workspace';

function countUnits(model: Model, units: usize, count: i32): void {
  for (const stop = units + (<usize>count << 2); units < stop; units += 4) {
    const place = biasAt(model, load<i32>(units));
    store<f32>(place, load<f32>(place) + 1);
  }
}

/** Biases become counts of units, `present` how many rows have each group. */
function count(model: Model, visible: Visible): void {
  countUnits(model, visible.choices, slotCount);
  let slot: usize = 0, set = 0;
  for (let g = 0; g < model.groupCount; g++) {
    const group = groupAt(model, g), place = present + (<usize>g << 3);
    let there = false;
    if (group.isSet) {
      countUnits(model, membersOf(visible, set), countOf(visible, set));
      there = countOf(visible, set) > 0;
      set++;
    } else if (slot < <usize>slotCount << 2 && load<i32>(slotFirsts + slot) == group.first) {
      there = true;
      slot += 4;
    }
    if (there) store<f64>(place, load<f64>(place) + 1);
  }
}

/**
 * From counts n_k to biases, as if two more of the n rows were spread evenly over the S units: for a state log of
 * (n_k + 2/S) / (n + 2), for a unit of a set with m units on in the mean log-odds of (n_k + 2 m/S) / (n + 2). Without
 * rows m is 1.
 */
function setBiases(model: Model, group: Group, n: f64): void {
  const first = biasAt(model, group.first), end = first + (<usize>group.size << 2), S = <f64>group.size;
  let units: f64 = 0;
  for (let at = first; at < end; at += 4) units += <f64>load<f32>(at);
  const mean = group.isSet && n > 0 ? units / n : 1, prior = Math.min(2 * mean / S, 1);
  for (let at = first; at < end; at += 4) {
    const mass = <f64>load<f32>(at) + prior;
    const bias = group.isSet ? log1(<f32>mass) - log1(<f32>(n + 2 - mass)) : log1(<f32>(mass / (n + 2)));
    store<f32>(at, bias);
  }
}

/** Returns how many rows were read before one was refused; nothing is set unless all of them were read. */
export function initialiseFrom(model: Model, rows: usize, rowCount: i32): i32 {
  const bytes = <usize>model.width << 2;
  openWorkspace(model);
  for (let i = 0; i < rowCount; i++) {
    if (!readRow(model, rows + <usize>i * bytes)) return i;
  }
  memory.fill(model.visibleBias, 0, <usize>model.units << 2);
  memory.fill(present, 0, <usize>model.groupCount << 3);
  for (let i = 0; i < rowCount; i++) {
    readRow(model, rows + <usize>i * bytes);
    count(model, data());
  }
  for (let g = 0; g < model.groupCount; g++) setBiases(model, groupAt(model, g), load<f64>(present + (<usize>g << 3)));
  return rowCount;
}
