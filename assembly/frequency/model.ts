// A product of frequencies in one block of memory: how often every state of every field was learned.
//
// Shapes: F fields, one for each value of a row; S states of all fields together, two for a Bernoulli unit.
//
//   | options, shape, places | fields | totals (F) | counts (S) | random |
/** One field: an index group of `states` states, or a Bernoulli unit, which has two. */
@unmanaged
export class Field {
  /** Address of its counts: f64, one a state. */
  counts: usize;
  states: i32;
  /** Is it a unit whose evidence is shared between off and on? */
  bernoulli: i32;
}

/** The order in which a caller finds the places. */
export const PLACES: i32 = 3;

@unmanaged
export class Model {
  // Options, in the order in which a caller hands them over.
  decay: f64;
  seed: f64;

  // Shape.
  /** F, the values of a row. */
  width: i32;
  /** S. */
  states: i32;

  // Arrays.
  fields: usize;
  places: usize;
  /** n of every field: f64. */
  totals: usize;
  /** n_v of every state of every field: f64. */
  counts: usize;
  /** The generator of `sample`: 64 bytes. Learning needs none. */
  random: usize;
}

export const OPTION_BYTES: usize = offsetof<Model>('width');

// @ts-ignore: decorator
@inline export function fieldAt(model: Model, index: i32): Field {
  return changetype<Field>(model.fields + <usize>index * offsetof<Field>());
}

/** Address of the total of a field. */
// @ts-ignore: decorator
@inline export function totalAt(model: Model, index: i32): usize {
  return model.totals + (<usize>index << 3);
}
