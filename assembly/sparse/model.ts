// A restricted Boltzmann machine whose visible units are mostly off, in one block of memory.
//
// Shapes: G groups, U visible units of all groups together, H hidden units, D values of a row.
//   weights (U, H), visible-major: row k is what unit k says to all hidden units, so that a step touches the rows of
//   the units that are on and of no others. A row takes `stride` bytes: H values padded with zeros to whole cache lines.
//   What counts is scale × weights: all weights decay at once by moving one number.
//
//   | options, counters, shape, places | groups | arrays … |
/** One group: states of which one is on, or a set of units each of which may be. */
@unmanaged
export class Group {
  /** Is it a set? */
  isSet: i32;
  /** S, the number of its units. */
  size: i32;
  /** The number of its first unit among those of all groups. */
  first: i32;
}

/** The order in which a caller finds the places. */
export const PLACES: i32 = 6;
export const COUNTERS: i32 = 2;

/** Most units of a set that are on: MOST_TOKENS in pipeline/visible.ts. */
// @ts-ignore: decorator
@inline export const MOST: i32 = 64;
/** Code of a set in pipeline/visible.ts. */
export const SET: i32 = 4;
/** Rows of weights are read eight at a time: there are as many zeros behind the last one. */
export const SPARE_ROWS: i32 = 8;

@unmanaged
export class Model {
  // Options, in the order in which a caller hands them over.
  hiddenCount: f64;
  cdSteps: f64;
  metropolis: f64;
  proposals: f64;
  learningRate: f64;
  learningRateDecay: f64;
  learningRateFloor: f64;
  weightDecay: f64;
  centering: f64;
  centeringRate: f64;
  weightScale: f64;
  seed: f64;

  // Counters.
  /** Rows learned so far. */
  learned: f64;
  /** What the weights are to be multiplied with, in (0, 1]. */
  scale: f64;

  // Shape.
  /** D. */
  width: i32;
  hidden: i32;
  /** Bytes of a row of weights, and of every vector of H values. */
  stride: usize;
  groupCount: i32;
  /** How many of the groups are sets. */
  setCount: i32;
  /** U. */
  units: i32;
  /** The largest S. */
  widest: i32;
  groups: usize;
  /** First unit, i32, and size, f32, of every group of states; 0 and 1 in the places that fill up the last vector. */
  choiceFirsts: usize;
  choiceSizes: usize;
  places: usize;

  // Arrays.
  weights: usize;
  /** b (U). */
  visibleBias: usize;
  /** c (H). */
  hiddenBias: usize;
  /** λ: running means of the hidden units, zero without centering (H). */
  hiddenOffset: usize;
  /** Two generators of 64 bytes: one for learning, one for `sample`. */
  random: usize;
}

export const OPTION_BYTES: usize = offsetof<Model>('learned');

// @ts-ignore: decorator
@inline export function groupAt(model: Model, index: i32): Group {
  return changetype<Group>(model.groups + <usize>index * offsetof<Group>());
}

/** The weights of a unit. */
// @ts-ignore: decorator
@inline export function weightsOf(model: Model, unit: i32): usize {
  return model.weights + <usize>unit * model.stride;
}

/** Address of the bias of a unit. */
// @ts-ignore: decorator
@inline export function biasAt(model: Model, unit: i32): usize {
  return model.visibleBias + (<usize>unit << 2);
}

// @ts-ignore: decorator
@inline export function learningRandom(model: Model): usize {
  return model.random;
}

// @ts-ignore: decorator
@inline export function samplingRandom(model: Model): usize {
  return model.random + 64;
}
