// What a model says of whole texts: features, mean-field reconstruction, samples.
import { drawTokens, massOf } from './counts';
import { activate, drive, support } from './layers';
import { runChain } from './learn';
import { MOST_TOKENS, Model, groupAt, lengthAt, samplingRandom } from './model';
import { readText, writeText } from './text';
import { Text, chain, data, input, lengthOf, logits, onward, openWorkspace, posterior, startOf } from './workspace';
import { log1 } from '../simd';

/** Can the row be used? */
export function isUsable(model: Model, row: usize): bool {
  openWorkspace(model);
  return readText(model, row, data());
}

/** `out` = p(h = 1 | row), H values. */
export function featuresOf(model: Model, row: usize, out: usize): bool {
  openWorkspace(model);
  const text = data();
  if (!readText(model, row, text)) return false;
  drive(model, text, lengthOf(model, text), input);
  activate(model, input, posterior);
  memory.copy(out, posterior, <usize>model.hidden << 2);
  return true;
}

/** The usual number of tokens of a group; at least one. */
function usualLength(model: Model, group: i32): i32 {
  return <i32>Math.max(1, Math.min(<f64>min(MOST_TOKENS, groupAt(model, group).size), Math.round(load<f64>(lengthAt(model, group)))));
}

/** `out` = the `count` likeliest tokens of a group given the mean of the hidden units, the likeliest first. */
function likeliest(model: Model, index: i32, count: i32, hidden: usize, out: usize): void {
  const group = groupAt(model, index);
  // `logits` keeps those of the chosen ones, in the same order.
  let chosen = 0;
  for (let k = 0; k < group.size; k++) {
    const unit = group.first + k, logit = log1(<f32>massOf(model, group, k)) + support(model, unit, hidden);
    let place = chosen;
    while (place > 0 && load<f32>(logits + (<usize>(place - 1) << 2)) < logit) place--;
    if (place >= count) continue;
    chosen = min(chosen + 1, count);
    const from = <usize>place << 2, behind = (<usize>(chosen - 1) << 2) - from;
    memory.copy(logits + from + 4, logits + from, behind);
    memory.copy(out + from + 4, out + from, behind);
    store<f32>(logits + from, logit);
    store<i32>(out + from, unit);
  }
}

/** `to` = as many likeliest tokens as `from` has, or as is usual where it has none. */
function meanField(model: Model, from: Text, to: Text): void {
  drive(model, from, lengthOf(model, from), input);
  activate(model, input, posterior);
  let start = 0;
  for (let g = 0; g < model.groupCount; g++) {
    const own = startOf(from, g + 1) - startOf(from, g);
    // Different ones: there may be fewer than the text has.
    const count = min(own > 0 ? own : usualLength(model, g), groupAt(model, g).size);
    store<i32>(to.starts + (<usize>g << 2), start);
    likeliest(model, g, count, posterior, to.tokens + (<usize>start << 2));
    start += count;
  }
  store<i32>(to.starts + (<usize>model.groupCount << 2), start);
}

/** `out` = the row after `steps` mean-field passes, D values: the tokens that go best with those it has. */
export function reconstructionOf(model: Model, row: usize, steps: i32, out: usize): bool {
  openWorkspace(model);
  let text = data(), next = chain();
  if (!readText(model, row, text)) return false;
  for (let step = 0; step < steps; step++) {
    meanField(model, text, next);
    const last = text;
    text = next;
    next = last;
  }
  writeText(model, text, out);
  return true;
}

/**
 * `out` = `count` rows of usual lengths, each the end of a chain of `sweeps` steps that starts at tokens drawn by their
 * base rates. Learning's random numbers are left alone.
 */
export function sampleInto(model: Model, count: i32, sweeps: i32, out: usize): void {
  const bytes = <usize>model.width << 2, random = samplingRandom(model);
  openWorkspace(model);
  const text = chain();
  for (let i = 0; i < count; i++) {
    let start = 0;
    for (let g = 0; g < model.groupCount; g++) {
      const length = usualLength(model, g);
      store<i32>(text.starts + (<usize>g << 2), start);
      drawTokens(model, g, length, text.tokens + (<usize>start << 2), random);
      for (let t = start; t < start + length; t++) {
        const token = text.tokens + (<usize>t << 2);
        store<i32>(token, load<i32>(token) + groupAt(model, g).first);
      }
      start += length;
    }
    store<i32>(text.starts + (<usize>model.groupCount << 2), start);
    drive(model, text, start, input);
    activate(model, input, onward);
    runChain(model, text, sweeps, random);
    writeText(model, text, out + <usize>i * bytes);
  }
}
