// What a model makes of rows and of nothing: mean-field reconstructions, samples.
import { uniform1 } from '../random';
import { redrawSet, runChain } from './chain';
import { activate, drive, supportsOf } from './layers';
import { Model, biasAt, groupAt, samplingRandom } from './model';
import { readRow, writeRow } from './row';
import { drawState } from './softmax';
import {
  Visible, chain, countOf, data, input, logits, membersOf, openWorkspace, padSlots, posterior, setCountOf, takeAllSlots,
} from './workspace';

/** `out` = the `count` units of `logits` with the largest numbers, `size` being all of them; the largest first. */
function likeliest(first: i32, size: i32, count: i32, out: usize): void {
  let chosen = 0;
  for (let k = 0; k < size; k++) {
    const logit = load<f32>(logits + (<usize>k << 2));
    let place = chosen;
    while (place > 0 && logitOf(out, place - 1, first) < logit) place--;
    if (place >= count) continue;
    chosen = min(chosen + 1, count);
    const at = out + (<usize>place << 2);
    memory.copy(at + 4, at, <usize>(chosen - 1 - place) << 2);
    store<i32>(at, first + k);
  }
}

/** The logit of the unit at `index` of a list. */
// @ts-ignore: decorator
@inline function logitOf(units: usize, index: i32, first: i32): f32 {
  return load<f32>(logits + (<usize>(load<i32>(units + (<usize>index << 2)) - first) << 2));
}

/** The likeliest state of every group given the mean of the hidden units; of a set as many units as it has, or one. */
function meanField(model: Model, visible: Visible): void {
  drive(model, visible, input);
  activate(model, input, posterior);
  takeAllSlots(model);
  let choice = visible.choices, set = 0;
  for (let g = 0; g < model.groupCount; g++) {
    const group = groupAt(model, g);
    supportsOf(model, group, posterior, logits);
    if (group.isSet) {
      const count = max(1, countOf(visible, set));
      likeliest(group.first, group.size, count, membersOf(visible, set));
      setCountOf(visible, set, count);
      set++;
    } else {
      likeliest(group.first, group.size, 1, choice);
      choice += 4;
    }
  }
  padSlots(visible);
}

/** `out` = the row after `steps` mean-field passes, D values; what the row lacks takes no part in the first. */
export function reconstructionOf(model: Model, row: usize, steps: i32, out: usize): bool {
  openWorkspace(model);
  if (!readRow(model, row)) return false;
  for (let step = 0; step < steps; step++) meanField(model, data());
  writeRow(model, data(), out);
  return true;
}

/** A state of every group by the biases alone, and a set from a single unit. */
function drawStart(model: Model, visible: Visible, random: usize): void {
  let choice = visible.choices, set = 0;
  for (let g = 0; g < model.groupCount; g++) {
    const group = groupAt(model, g);
    memory.copy(logits, biasAt(model, group.first), <usize>group.size << 2);
    if (group.isSet) {
      const unit = min(<i32>(uniform1(random) * <f32>group.size), group.size - 1);
      store<i32>(membersOf(visible, set), group.first + unit);
      setCountOf(visible, set, 1);
      redrawSet(visible, set, group.first, group.size, random);
      set++;
    } else {
      store<i32>(choice, group.first + drawState(logits, group.size, random));
      choice += 4;
    }
  }
  padSlots(visible);
}

/**
 * `out` = `count` rows, each the end of its own chain of `sweeps` Gibbs steps that starts from the biases. Learning's
 * random numbers are left alone.
 */
export function sampleInto(model: Model, count: i32, sweeps: i32, out: usize): void {
  const bytes = <usize>model.width << 2, random = samplingRandom(model);
  openWorkspace(model);
  takeAllSlots(model);
  const visible = chain();
  for (let i = 0; i < count; i++) {
    drawStart(model, visible, random);
    runChain(model, visible, sweeps, posterior, random);
    writeRow(model, visible, out + <usize>i * bytes);
  }
}
