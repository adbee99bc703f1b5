// A restricted Boltzmann machine on sparse sets (replicated softmax) in one block of memory.
//
// Shapes: G groups of tokens, U tokens of all groups together, H hidden units.
//   weights (U, H), visible-major: row k is what token k says to all hidden units, so that a text touches the rows of its
//   tokens and no others. A row takes `stride` bytes: H values padded with zeros to 32 bytes. What counts is
//   scale × weights: all weights decay at once by moving one number.
//
//   | options, counters, shape, places | groups | arrays … |
/** One group of tokens. */
@unmanaged
export class Group {
  /** S, the number of its tokens. */
  size: i32;
  /** The number of its first token among those of all groups. */
  first: i32;
}

/** The order in which a caller finds the places. */
export const PLACES: i32 = 8;
export const COUNTERS: i32 = 6;

/** Most tokens of one group in a row: MOST_TOKENS in pipeline/visible.ts. */
export const MOST_TOKENS: i32 = 64;

@unmanaged
export class Model {
  // Options, in the order in which a caller hands them over.
  hiddenCount: f64;
  cdSteps: f64;
  proposals: f64;
  learningRate: f64;
  learningRateDecay: f64;
  learningRateFloor: f64;
  weightDecay: f64;
  centeringRate: f64;
  weightScale: f64;
  seed: f64;

  // Counters.
  /** Texts learned so far. */
  learned: f64;
  /** What the weights are to be multiplied with, in (0, 1]. */
  scale: f64;
  // Running means over texts of their length n and free energy F: what is usual for a length.
  meanLength: f64;
  meanEnergy: f64;
  lengthVariance: f64;
  covariance: f64;

  // Shape.
  /** D, the values of a row. */
  width: i32;
  hidden: i32;
  /** Bytes of H values padded to a multiple of 32. */
  stride: usize;
  groupCount: i32;
  /** U. */
  units: i32;
  /** The largest S. */
  widest: i32;
  groups: usize;
  places: usize;

  // Arrays.
  weights: usize;
  /** d of every token (U). */
  bias: usize;
  /** c (H). */
  hiddenBias: usize;
  /** λ: running means of the hidden units (H). */
  hiddenOffset: usize;
  /** How often every token was learned, as a Fenwick tree for each group: f64 (U). See `counts.ts`. */
  tree: usize;
  /** Running mean of the number of tokens of each group, in texts that have any: f64 (G). */
  lengths: usize;
  /** Two generators of 64 bytes: one for learning, one for `sample`. */
  random: usize;
}

export const OPTION_BYTES: usize = offsetof<Model>('learned');

// @ts-ignore: decorator
@inline export function groupAt(model: Model, index: i32): Group {
  return changetype<Group>(model.groups + <usize>index * offsetof<Group>());
}

/** The weights of a token. */
// @ts-ignore: decorator
@inline export function weightsOf(model: Model, unit: i32): usize {
  return model.weights + <usize>unit * model.stride;
}

/** Address of the bias of a token. */
// @ts-ignore: decorator
@inline export function biasAt(model: Model, unit: i32): usize {
  return model.bias + (<usize>unit << 2);
}

/** Address of the mean length of a group. */
// @ts-ignore: decorator
@inline export function lengthAt(model: Model, group: i32): usize {
  return model.lengths + (<usize>group << 3);
}

// @ts-ignore: decorator
@inline export function learningRandom(model: Model): usize {
  return model.random;
}

// @ts-ignore: decorator
@inline export function samplingRandom(model: Model): usize {
  return model.random + 64;
}
