// A product of mixtures in one block of memory, from its options to its last generator.
//
//   g_m(v) = Σ_k α_mk Π_i N(v_i; μ_mki, 1/ρ_mki²),  α_m = softmax(a_m),  F(v) = −Σ_m log g_m(v)
//
// Shapes: D visible values, M experts, K components of each; a component is a line of D values, padded to 16 bytes with
// means of 0 and roots of 1, which say nothing.
//   ρ is what the row is multiplied with, so that scoring takes no exponential but one a component.
//
//   | options, counters, shape, places | arrays … |

/** The order in which a caller finds the places. */
export const PLACES: i32 = 10;
export const COUNTERS: i32 = 2;

/** Distances from a mean count as so many deviations at most, so that their squares can be added. */
export const FARTHEST: f32 = 1048576;
/** Means stay within it, and the values of chains. */
export const LARGEST: f32 = 1e16;
/** Most rows that means start from. */
export const SEED_ROWS: i32 = 1024;
/** Nats beyond it count as it. */
export const MOST_NATS: f64 = 1e15;
/** ρ is at most so much in units of 1 / s, which bounds variances by 1e-4 of those of the data, and at least its share. */
export const MOST_ROOT: f32 = 100;
export const LEAST_ROOT: f32 = 0.001;

@unmanaged
export class Model {
  // Options, in the order in which a caller hands them over.
  expertCount: f64;
  componentCount: f64;
  cdSteps: f64;
  /** Are components drawn once more given each other? */
  collapsed: f64;
  persistentChains: f64;
  batchSize: f64;
  learningRate: f64;
  learningRateDecay: f64;
  learningRateFloor: f64;
  seed: f64;

  // Counters.
  /** Rows learned so far. */
  learned: f64;
  /** Rows whose differences wait in the sums. */
  pending: f64;

  // Shape.
  /** D. */
  width: i32;
  /** M. */
  experts: i32;
  /** K. */
  components: i32;
  /** Bytes of a line of D values. */
  rowBytes: usize;
  /** Bytes of K numbers, padded to 16. */
  setBytes: usize;
  chainCount: i32;
  places: usize;

  // Arrays, f32.
  /** a (M, K). */
  logits: usize;
  /** μ and ρ (M × K, D). */
  means: usize;
  roots: usize;
  /** s (D): the deviations that `initialise` found. */
  scales: usize;
  /** Sums of the differences of a batch, of the same shapes; not there when it is one row. */
  logitSums: usize;
  meanSums: usize;
  rootSums: usize;
  /** Persistent chains (C, D). */
  chains: usize;
  /** Two generators of 64 bytes: one for learning, one for `sample`. */
  random: usize;
}

export const OPTION_BYTES: usize = offsetof<Model>('learned');

// @ts-ignore: decorator
@inline export function learningRandom(model: Model): usize {
  return model.random;
}

// @ts-ignore: decorator
@inline export function samplingRandom(model: Model): usize {
  return model.random + 64;
}

/** Where the line of a component begins in arrays of lines. */
// @ts-ignore: decorator
@inline export function lineOf(model: Model, expert: i32, component: i32): usize {
  return <usize>(expert * model.components + component) * model.rowBytes;
}

/** The address of number `index` of an array in float32. */
// @ts-ignore: decorator
@inline export function at(array: usize, index: i32): usize {
  return array + (<usize>index << 2);
}
