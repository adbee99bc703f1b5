// A product of Student-t experts in one block of memory, from its options to its last generator.
//
// Shapes: D visible values, M experts, M' = M rounded up to fours, P persistent chains. Rows are padded with zeros to 32
// bytes, and filters with rows of zeros to M': an expert that looks at nothing, with the exponent 0, says nothing.
//
//   | options, counters, shape, places | filters | exponents | … |

/** The order in which a caller finds the places. */
export const PLACES: i32 = 10;
/** Values, and products of a filter with a row, count as this at most: squares of them are far from overflowing. */
export const LARGEST: f32 = 1152921504606846976;
/** No element of a filter grows beyond. */
export const LARGEST_FILTER: f32 = 1e6;
/** What a free energy counts as at most, in nats. */
export const LARGEST_ENERGY: f64 = 9e14;
/** ln .51 and ln 100: from a tail that has only just an integral to one that is hardly any. */
export const LEAST_LOG_EXPONENT: f32 = -0.6733445532637656;
export const MOST_LOG_EXPONENT: f32 = 4.605170185988092;
/** The relative precision of the vague expert where there are fewer experts than values, at least. */
export const LEAST_VAGUE: f64 = 1e-4;

@unmanaged
export class Model {
  // Options, in the order in which a caller hands them over.
  expertCount: f64;
  exponent: f64;
  vague: f64;
  cdSteps: f64;
  persistentChains: f64;
  gibbsWidth: f64;
  leapfrogSteps: f64;
  batchSize: f64;
  learningRate: f64;
  learningRateDecay: f64;
  learningRateFloor: f64;
  exponentRate: f64;
  locationRate: f64;
  naturalGradient: f64;
  blur: f64;
  seed: f64;

  // Counters.
  /** Rows learned so far. */
  learned: f64;
  /** Rows that `initialise` started from. */
  initial: f64;
  /** The persistent chain whose turn it is. */
  cursor: f64;
  /** Rows whose differences wait for the batch to be full. */
  pending: f64;
  /** Of Hamiltonian proposals, relative to widths. */
  step: f64;

  // Shape.
  width: i32;
  experts: i32;
  /** M'. */
  rows: i32;
  /** Does the negative phase walk by Hamiltonian Monte Carlo? */
  hamiltonian: i32;
  /** Bytes of a padded row, and of M' numbers. */
  stride: usize;
  expertBytes: usize;
  places: usize;

  // Arrays.
  /** J (M', D). */
  filters: usize;
  /** log a (M'). */
  logExponents: usize;
  /** c (D). */
  location: usize;
  /** ε (D): the precision of the vague Gaussian expert, by value. */
  precision: usize;
  /** Persistent chains (P, D). */
  chains: usize;
  /** Sums of differences of the rows of a batch: (M', D), (M'), (D). */
  filterSums: usize;
  exponentSums: usize;
  locationSums: usize;
  /** Two generators of 64 bytes: one for learning, one for `sample`. */
  random: usize;
}

export const OPTION_BYTES: usize = offsetof<Model>('learned');
export const COUNTERS: i32 = 5;

// @ts-ignore: decorator
@inline export function learningRandom(model: Model): usize {
  return model.random;
}

// @ts-ignore: decorator
@inline export function samplingRandom(model: Model): usize {
  return model.random + 64;
}

// @ts-ignore: decorator
@inline export function filterAt(model: Model, expert: i32): usize {
  return model.filters + <usize>expert * model.stride;
}

/** The relative precision of the vague expert: without it fewer experts than values leave directions without a bound. */
// @ts-ignore: decorator
@inline export function vagueOf(model: Model): f64 {
  return model.experts < model.width ? Math.max(model.vague, LEAST_VAGUE) : model.vague;
}
