// From a caller's row to a text and back.
import { MOST_TOKENS, Model, groupAt } from './model';
import { Text, startOf, tokenOf } from './workspace';

/** Read a row into `text`. False when a value is neither missing nor the number of a token of its group. */
export function readText(model: Model, row: usize, text: Text): bool {
  let count = 0;
  for (let g = 0; g < model.groupCount; g++) {
    const group = groupAt(model, g), values = row + (<usize>(g * MOST_TOKENS) << 2);
    store<i32>(text.starts + (<usize>g << 2), count);
    for (let i = 0; i < MOST_TOKENS; i++) {
      const value = load<f32>(values + (<usize>i << 2));
      if (value != value) continue;
      if (!(value >= 0 && value < <f32>group.size) || value != Mathf.floor(value)) return false;
      store<i32>(text.tokens + (<usize>count << 2), group.first + <i32>value);
      count++;
    }
  }
  store<i32>(text.starts + (<usize>model.groupCount << 2), count);
  return true;
}

/** Write a text as a row, D values, NaN behind the last token of each group. */
export function writeText(model: Model, text: Text, out: usize): void {
  for (let g = 0; g < model.groupCount; g++) {
    const first = groupAt(model, g).first, start = startOf(text, g), count = startOf(text, g + 1) - start;
    for (let i = 0; i < MOST_TOKENS; i++) {
      store<f32>(out, i < count ? <f32>(tokenOf(text, start + i) - first) : NaN);
      out += 4;
    }
  }
}
