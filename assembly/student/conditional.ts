// What the precisions of the experts, once they are drawn, say about all values at once.
import { isUsable } from './energy';
import { respond } from './filters';
import { drawPrecisions } from './gibbs';
import { Model, filterAt } from './model';
import { isPartial, workspace } from './workspace';

// @ts-ignore: decorator
@inline function addTo(place: usize, value: f64): void {
  store<f64>(place, load<f64>(place) + value);
}

// @ts-ignore: decorator
@inline function locationAt(model: Model, value: i32): f64 {
  return <f64>load<f32>(model.location + (<usize>value << 2));
}

/** u J Jᵀ to the matrix, and u J (J·c) to the linear part. */
function addExpert(model: Model, expert: i32, u: f64, linear: usize, precision: usize): void {
  const filter = filterAt(model, expert), width = model.width;
  let centre: f64 = 0;
  for (let i = 0; i < width; i++) centre += <f64>load<f32>(filter + (<usize>i << 2)) * locationAt(model, i);
  for (let i = 0; i < width; i++) {
    const share = u * <f64>load<f32>(filter + (<usize>i << 2)), row = precision + ((<usize>i * <usize>width) << 3);
    addTo(linear + (<usize>i << 3), share * centre);
    for (let k = 0; k < width; k++) addTo(row + (<usize>k << 3), share * <f64>load<f32>(filter + (<usize>k << 2)));
  }
}

/**
 * Draw the precisions given `state`, and add P = Σ u_j J_j J_jᵀ + ε (D, D) and P c (D). False when the state is not
 * complete, or when there is room for the diagonal alone.
 */
export function addConditionalOf(
  model: Model, state: usize, linear: usize, precision: usize, full: bool, random: usize,
): bool {
  // Of one value the diagonal is the matrix.
  if ((!full && model.width > 1) || !isUsable(model, state) || isPartial()) return false;
  const z = workspace().dataResponse, u = workspace().dataWeight, width = model.width;
  respond(model, workspace().row, z);
  drawPrecisions(model, z, u, random);
  for (let j = 0; j < model.experts; j++) addExpert(model, j, <f64>load<f32>(u + (<usize>j << 2)), linear, precision);
  for (let i = 0; i < width; i++) {
    const vague = <f64>load<f32>(model.precision + (<usize>i << 2));
    addTo(precision + ((<usize>i * <usize>width + <usize>i) << 3), vague);
    addTo(linear + (<usize>i << 3), vague * locationAt(model, i));
  }
  return true;
}
