// What every row changes, learned or not: moments of the fields (Welford 1962), and the scales when they are due.
import { Model, centreValue, countOf, moment, placeOf, scaleAt } from './model';
import { rescaleField } from './scale';
import { VIEWS } from './views';
import { workspace } from './workspace';

/** Nobody has known the field: centres that lack it get its first value, so that they are no farther than others. */
function fillCentres(model: Model, field: i32, value: f32): void {
  for (let e = 0; e < model.experts; e++) {
    const k = placeOf(model, e, field);
    if (k < 0) continue;
    for (let j = 0; j < countOf(model, e); j++) store<f32>(centreValue(model, e, k, j), value);
  }
}

function hasNoScale(model: Model, field: i32): bool {
  for (let view = 0; view < VIEWS; view++) if (load<f32>(scaleAt(model, view, field)) == 0) return true;
  return false;
}

/** Take notice of the row in the workspace. A field that was constant until now gets its scales at once. */
export function noticeRow(model: Model): void {
  model.seen += 1;
  for (let f = 0; f < model.width; f++) {
    const given = load<f32>(workspace().given + (<usize>f << 2));
    if (given != given) continue;
    const value = load<f32>(workspace().row + (<usize>f << 2));
    const n = load<f64>(moment(model, 0, f)) + 1, mean = load<f64>(moment(model, 1, f));
    const change = <f64>value - mean, moved = mean + change / n;
    const squares = load<f64>(moment(model, 2, f)) + change * (<f64>value - moved);
    store<f64>(moment(model, 0, f), n);
    store<f64>(moment(model, 1, f), moved);
    store<f64>(moment(model, 2, f), squares);
    if (n == 1) fillCentres(model, f, value);
    else if (squares > 0 && change != 0 && hasNoScale(model, f)) rescaleField(model, f);
  }
}
