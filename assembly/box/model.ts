// A product of experts on a box, each a Gaussian or nothing in particular,
// g_m(v) = π_m N(v; μ_m, Σ_m) + (1 − π_m) / V, in one block of memory. Σ_m is diagonal (unigauss), or has one factor
// besides, Σ_m = λ_m λ_mᵀ + Ψ_m (unifac; Hinton 2002, section 9).
//
// Shapes: D visible values, M experts, P persistent chains.
//   means, log-variances, loadings (M, D): row m is expert m, padded with zeros to a multiple of 16 bytes.
//   box (3, D): the lower walls, the upper walls, and the unit that deviations are measured in.
//
//   | options, counters, shape, places | arrays … |

/** The order in which a caller finds the places. */
export const PLACES: i32 = 12;
/** Ends of the box are within it, so that nothing that is computed from them overflows. */
export const LARGEST: f32 = 1e15;
/** The least width of the box. */
export const NARROWEST: f64 = 1e-12;
/** Standard deviations are between these shares of the width of the box. */
export const FINEST_SHARE: f32 = 1e-5;
export const COARSEST_SHARE: f32 = 100;

@unmanaged
export class Model {
  // Options, in the order in which a caller hands them over.
  expertCount: f64;
  cdSteps: f64;
  persistentChains: f64;
  batchSize: f64;
  learningRate: f64;
  logVarianceRate: f64;
  gateRate: f64;
  learningRateDecay: f64;
  learningRateFloor: f64;
  gaussianShare: f64;
  startingDeviation: f64;
  leastDeviation: f64;
  gateBound: f64;
  margin: f64;
  low: f64;
  high: f64;
  seed: f64;
  // Of experts with a factor only; the last two of their options.
  loadingRate: f64;
  loadingScale: f64;

  // Counters.
  /** Rows learned so far. */
  learned: f64;
  /** Rows that `initialise` saw. */
  initial: f64;
  /** Rows whose differences wait in the sums. */
  pending: f64;
  /** The chain that is stepped next. */
  cursor: f64;

  // Shape.
  width: i32;
  experts: i32;
  chainCount: i32;
  /** Has every expert a factor? */
  factors: bool;
  /** Bytes of D values padded to a multiple of 16. */
  rowBytes: usize;
  /** Bytes of M values padded to a multiple of 16. */
  expertBytes: usize;
  places: usize;

  // Arrays.
  means: usize;
  logVariances: usize;
  /** 0 without factors. */
  loadings: usize;
  /** η = log π − log(1 − π) (M). */
  gates: usize;
  box: usize;
  chains: usize;
  /** What a batch has summed up so far: as the parameters. */
  meanSums: usize;
  logVarianceSums: usize;
  loadingSums: usize;
  gateSums: usize;
  /** Two generators of 64 bytes: one for learning, one for `sample`. */
  random: usize;
}

/** Options of experts without and with a factor. */
export const OPTION_BYTES: usize = offsetof<Model>('loadingRate');
export const FACTOR_OPTION_BYTES: usize = offsetof<Model>('learned');

// @ts-ignore: decorator
@inline export function learningRandom(model: Model): usize {
  return model.random;
}

// @ts-ignore: decorator
@inline export function samplingRandom(model: Model): usize {
  return model.random + 64;
}

/** An expert's row in one of the matrices. */
// @ts-ignore: decorator
@inline export function rowOf(model: Model, matrix: usize, expert: i32): usize {
  return matrix + <usize>expert * model.rowBytes;
}

// @ts-ignore: decorator
@inline export function lowOf(model: Model): usize {
  return model.box;
}

// @ts-ignore: decorator
@inline export function highOf(model: Model): usize {
  return model.box + model.rowBytes;
}

// @ts-ignore: decorator
@inline export function unitOf(model: Model): usize {
  return model.box + 2 * model.rowBytes;
}

// @ts-ignore: decorator
@inline export function at(vector: usize, index: i32): f32 {
  return load<f32>(vector + (<usize>index << 2));
}

// @ts-ignore: decorator
@inline export function put(vector: usize, index: i32, value: f32): void {
  store<f32>(vector + (<usize>index << 2), value);
}
