// A product of Gaussian experts in one block of memory, from its options to its last generator.
//
//   F(v) = ½ Σ_i (t_i (v_i − b_i))² + ½ Σ_m |A_m (v − μ_m)|²
//
// Shapes: D visible values, M experts of rank R, and one diagonal expert, the base, that keeps the product proper.
//   roots (D, M, R), field-major: what a field says to all experts stands side by side, so that moving one value costs
//   one vector of M × R numbers. R is padded with zeros to `room`, a multiple of two, and they stay zeros.
// All numbers are float64: precisions are squares of roots, and fields of any scale meet in one sum.
//
//   | options, counters, shape, places | arrays … |

/** The order in which a caller finds the places. */
export const PLACES: i32 = 12;
export const COUNTERS: i32 = 2;

/** Values beyond it count as it, so that a chain can be written down in float32. */
export const LARGEST: f64 = 3e38;
/** Nats beyond it count as it. */
export const MOST_NATS: f64 = 1e15;
/** Roots are at most so much in units of 1 / s, and those of the base at least its inverse: deviations of 1e-3 s to 1e3 s. */
export const MOST_ROOT: f64 = 1e3;

@unmanaged
export class Model {
  // Options, in the order in which a caller hands them over.
  expertCount: f64;
  rankLimit: f64;
  cdSteps: f64;
  persistentChains: f64;
  batchSize: f64;
  learningRate: f64;
  learningRateDecay: f64;
  learningRateFloor: f64;
  rootScale: f64;
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
  /** R. */
  rank: i32;
  /** R padded to a multiple of two. */
  room: i32;
  /** H = M × room, the numbers in a column. */
  height: i32;
  /** Bytes of a column. */
  columnBytes: usize;
  chainCount: i32;
  places: usize;

  // Arrays, f64 unless said otherwise.
  /** b (D) and t (D). */
  baseMeans: usize;
  baseRoots: usize;
  /** μ (M, D). */
  means: usize;
  /** A (D, M, room). */
  roots: usize;
  /** s (D): the deviations that `initialise` found, the units in which parameters move. */
  scales: usize;
  /** Sums of the differences of a batch, of the same shapes; not there when it is one row. */
  baseMeanSums: usize;
  baseRootSums: usize;
  meanSums: usize;
  rootSums: usize;
  /** Persistent chains (C, D), f32. */
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

/** The address of number `index` of an array in float64. */
// @ts-ignore: decorator
@inline export function at(array: usize, index: i32): usize {
  return array + (<usize>index << 3);
}

/** What field i says to all experts. */
// @ts-ignore: decorator
@inline export function columnOf(model: Model, field: i32): usize {
  return model.roots + <usize>field * model.columnBytes;
}

/** μ_m of field i. */
// @ts-ignore: decorator
@inline export function meanAt(model: Model, expert: i32, field: i32): usize {
  return at(model.means, expert * model.width + field);
}
