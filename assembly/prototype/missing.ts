// What the experts say about a field that they do not see: its value at the centre that is nearest over the fields that
// they do see; of many experts the median.
import { Model, centreValue, countOf, fieldAt, moment, placeOf } from './model';
import { firstAt, leastOf, winnerOf } from './distance';
import { leaveOut, missingAt, weigh, weighAll } from './row';
import { isUsable } from './score';
import { median } from '../sort';
import { distancesWithout } from './without';
import { missingCount, workspace } from './workspace';

// @ts-ignore: decorator
@inline function suggestionsFor(model: Model, field: i32): usize {
  return workspace().suggestions + ((<usize>field * <usize>(model.experts + 4)) << 2);
}

/** The value of a centre as one more suggestion for a field. */
function suggest(model: Model, field: i32, value: f32): void {
  const counter = workspace().counts + (<usize>field << 2), count = load<i32>(counter);
  store<f32>(suggestionsFor(model, field) + (<usize>count << 2), value);
  store<i32>(counter, count + 1);
}

/** The median of what was suggested for a field; the mean so far, or 0, where no expert looks at it. */
function suggested(model: Model, field: i32): f32 {
  const count = load<i32>(workspace().counts + (<usize>field << 2));
  if (count > 0) return median(suggestionsFor(model, field), count);
  return <f32>load<f64>(moment(model, 1, field));
}

/** Ask every expert about the fields in the list of missing ones, which the weights have to leave out. */
function askAboutMissing(model: Model): void {
  const missing = missingCount();
  memory.fill(workspace().counts, 0, model.rowBytes);
  for (let e = 0; e < model.experts; e++) {
    if (countOf(model, e) == 0) continue;
    const winner = winnerOf(model, e);
    for (let n = 0; n < missing; n++) {
      const field = missingAt(n), k = placeOf(model, e, field);
      if (k >= 0) suggest(model, field, load<f32>(centreValue(model, e, k, winner)));
    }
  }
}

/** Give the row in the workspace its units of distance, and what it lacks the values that the experts suggest. */
export function completeRow(model: Model): void {
  weighAll(model);
  const missing = missingCount();
  if (missing == 0) return;
  askAboutMissing(model);
  for (let n = 0; n < missing; n++) {
    const field = missingAt(n);
    store<f32>(workspace().row + (<usize>field << 2), suggested(model, field));
  }
  for (let n = 0; n < missing; n++) weigh(model, missingAt(n));
}

/** `out`: the number that the present fields but this one suggest for `field`. */
export function conditionalOf(model: Model, row: usize, field: i32, out: usize): bool {
  if (!isUsable(model, row)) return false;
  weighAll(model);
  leaveOut(model, field);
  memory.fill(workspace().counts, 0, model.rowBytes);
  for (let e = 0; e < model.experts; e++) {
    if (countOf(model, e) == 0) continue;
    const k = placeOf(model, e, field);
    if (k >= 0) suggest(model, field, load<f32>(centreValue(model, e, k, winnerOf(model, e))));
  }
  store<f32>(out, suggested(model, field));
  return true;
}

/**
 * Put in place of the row in the workspace the median of its winning centres, whose numbers go to `nearest`, as i32 (E).
 */
export function reconstructFromWinners(model: Model): void {
  memory.fill(workspace().counts, 0, model.rowBytes);
  for (let e = 0; e < model.experts; e++) {
    if (countOf(model, e) == 0) continue;
    const winner = winnerOf(model, e);
    store<i32>(workspace().nearest + (<usize>e << 2), winner);
    for (let k = 0; k < model.looked; k++) {
      suggest(model, fieldAt(model, e, k), load<f32>(centreValue(model, e, k, winner)));
    }
  }
  takeSuggestions(model);
}

function takeSuggestions(model: Model): void {
  for (let f = 0; f < model.width; f++) store<f32>(workspace().row + (<usize>f << 2), suggested(model, f));
}

/** Put in place of every value in the row of the workspace what the other ones suggest, all at once. */
function replaceAll(model: Model): void {
  const line = model.lineBytes;
  memory.fill(workspace().counts, 0, model.rowBytes);
  for (let e = 0; e < model.experts; e++) {
    if (countOf(model, e) == 0) continue;
    distancesWithout(model, e);
    for (let k = 0; k < model.looked; k++) {
      const distances = workspace().without + <usize>k * line;
      const winner = firstAt(distances, leastOf(distances, line));
      suggest(model, fieldAt(model, e, k), load<f32>(centreValue(model, e, k, winner)));
    }
  }
  takeSuggestions(model);
}

/**
 * `out`: the row with every value replaced by what the others suggest, `steps` times. What it lacks is left out of the
 * first step, so that it comes out as it is filled in for scoring.
 */
export function reconstructionOf(model: Model, row: usize, steps: i32, out: usize): bool {
  if (!isUsable(model, row)) return false;
  weighAll(model);
  for (let step = 0; step < steps; step++) {
    replaceAll(model);
    for (let f = 0; f < model.width; f++) weigh(model, f);
  }
  memory.copy(out, workspace().row, <usize>model.width << 2);
  return true;
}
