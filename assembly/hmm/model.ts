// A product of hidden Markov models in one block of memory.
//
// The visible layer is cut into windows: neighbouring real groups are one, neighbouring index groups of one size are one,
// and every sequence is one of its own. A window has M hidden Markov models of K states each, all of which explain the
// whole of it; the windows of a row are independent.
//
// Experts are lanes: four of them go through every recursion at once. An array of `states` holds (K, M) numbers, M padded
// to `lanes` bytes, a multiple of 16. Parameters, W windows of S symbols or C channels each:
//
//   initial (W K, M)        log π_k                     transition (W K K, M)   log A_kl in row k K + l
//   emission (Σ S K, M)     log B_k(o) in row o K + k   mean, logVariance (Σ C K, M) in row c K + k
//
// Logarithms are kept normalised: each distribution adds up to one. A window of n visible values is
//
//   F = −Σ_m log p_m(o),  p_m(o) = Σ_s π(s_1) Π_t A(s_t, s_t+1) Π_t b_{s_t}(o_t)
//
//   | options, counters, shape, places | windows | arrays … |

/** What the steps of a window are. The codes are those of pipeline/visible.ts. */
export const REAL: i32 = 2;
export const INDEX: i32 = 3;
export const SEQUENCE: i32 = 6;

@unmanaged
export class Window {
  kind: i32;
  /** S, the symbols of a step; of real ones C, its channels. */
  size: i32;
  /** Its first value in a row, and how many it has there. */
  first: i32;
  values: i32;
  /** The number of its first group, as surprises count them. */
  group: i32;
  /** Most steps. */
  steps: i32;
  /** Addresses of its parameters; `emission` is the means of a real one, which has log-variances besides. */
  initial: usize;
  transition: usize;
  emission: usize;
  spread: usize;
  /** From a parameter to its gradient, in bytes. */
  gradient: usize;
}

/** The order in which a caller finds the places. */
export const PLACES: i32 = 14;
export const COUNTERS: i32 = 7;
/** MOST_SYMBOLS in pipeline/visible.ts. */
export const MOST_SYMBOLS: i32 = 64;

@unmanaged
export class Model {
  // Options, in the order in which a caller hands them over.
  expertCount: f64;
  stateCount: f64;
  channels: f64;
  cdSteps: f64;
  persistentChains: f64;
  batchSize: f64;
  learningRate: f64;
  learningRateDecay: f64;
  learningRateFloor: f64;
  length: f64;
  seed: f64;

  // Counters.
  /** Updates so far. */
  updates: f64;
  /** Rows whose differences wait for the next update. */
  waiting: f64;
  // Running means over rows with sequences of their length n and free energy F: what is usual for a length.
  rows: f64;
  meanLength: f64;
  meanEnergy: f64;
  lengthVariance: f64;
  covariance: f64;

  // Shape.
  width: i32;
  experts: i32;
  states: i32;
  /** Bytes of M values, padded; of (K, M) values. */
  lanes: usize;
  stateBytes: usize;
  windowCount: i32;
  /** Most steps, symbols and channels of a window. */
  steps: i32;
  symbols: i32;
  widest: i32;
  groups: i32;
  hasSequences: bool;
  windows: usize;
  places: usize;

  // Arrays.
  /** Ones, and zeros in the lanes that only fill up (M). */
  mask: usize;
  initial: usize;
  transition: usize;
  emission: usize;
  mean: usize;
  logVariance: usize;
  /** Sums of differences that wait, laid out as the parameters: from `initial` to the end of `logVariance`. */
  gradients: usize;
  parameterBytes: usize;
  /** How many of the rows that were learned had each value: f64 (D). */
  present: usize;
  /** Persistent chains (P, D). */
  chains: usize;
  chainStride: usize;
  /** Two generators of 64 bytes: one for learning, one for `sample`. */
  random: usize;
}

export const OPTION_BYTES: usize = offsetof<Model>('updates');

// @ts-ignore: decorator
@inline export function windowAt(model: Model, index: i32): Window {
  return changetype<Window>(model.windows + <usize>index * offsetof<Window>());
}

/** Values that a step has in a row. */
// @ts-ignore: decorator
@inline export function channelsOf(window: Window): i32 {
  return window.kind == REAL ? window.size : 1;
}

// @ts-ignore: decorator
@inline export function learningRandom(model: Model): usize {
  return model.random;
}

// @ts-ignore: decorator
@inline export function samplingRandom(model: Model): usize {
  return model.random + 64;
}
