// A restricted Boltzmann machine in one block of memory, from its options to its last persistent chain.
//
// Shapes: D visible values, H hidden units, P persistent chains.
//   weights (H, D), hidden-major: row j is the expert of hidden unit j. A row takes `stride` bytes: D values padded
//   with zeros to 32 bytes, and never a multiple of 2048 bytes, where rows would compete for the same cache sets.
//   There are H rows rounded up to a multiple of 4; the additional ones stay zero (see `silenceFilling`).
//
//   | options, shape, places, counters | runs | tensors … |
/** The kinds of visible units, by the codes of pipeline/visible.ts. */
// @ts-ignore: decorator
@inline export const BERNOULLI: i32 = 0;
// @ts-ignore: decorator
@inline export const SOFTMAX: i32 = 1;
// @ts-ignore: decorator
@inline export const REAL: i32 = 2;
// @ts-ignore: decorator
@inline export const COUNT: i32 = 5;

/** One stretch of the visible layer: `size` independent units of a kind, or one softmax group of `size` states. */
@unmanaged
export class Run {
  kind: i32;
  /** Index of the first value. */
  start: i32;
  size: i32;
  /** Index of the first group, as `surprise` counts them: every Bernoulli unit is a group of its own. */
  group: i32;
  /** N of units that count, each 0 to N; 1 for all others. */
  trials: i32;
}

/** The order in which a caller finds the places. */
export const PLACES: i32 = 20;

@unmanaged
export class Model {
  // Options, in the order in which a caller hands them over.
  hiddenCount: f64;
  cdSteps: f64;
  persistentChains: f64;
  chainsPerStep: f64;
  sampleVisible: f64;
  learningRate: f64;
  learningRateDecay: f64;
  learningRateFloor: f64;
  weightDecay: f64;
  momentum: f64;
  centering: f64;
  centeringRate: f64;
  averaging: f64;
  averagingInterval: f64;
  averagingWindow: f64;
  averagingFloor: f64;
  driftReset: f64;
  driftThreshold: f64;
  driftInterval: f64;
  driftSample: f64;
  driftReservoir: f64;
  revival: f64;
  revivalInterval: f64;
  revivalThreshold: f64;
  /** What the clock of rates and averages is put back to. */
  resetAge: f64;
  weightScale: f64;
  /** K: a hidden unit is the sum of so many binary ones with the same weights. */
  replicas: f64;
  realRate: f64;
  deviationRate: f64;
  leastDeviation: f64;
  mostDeviation: f64;
  seed: f64;

  // Counters.
  /** Rows learned so far. */
  learned: f64;
  /** Rows that `initialise` saw. */
  initial: f64;
  /** The chain that is stepped next. */
  cursor: f64;
  // See `upkeep.ts`; kept only where something is kept up.
  /** Rows since learning began, or as if it had begun later: the clock of rates and averages. */
  age: f64;
  /** How often a drift has put the clock back. */
  resets: f64;
  /** How many hidden units have been drawn anew. */
  revived: f64;
  // What drift is told from: see `drift.ts`.
  /** Comparisons of new rows with older ones. */
  comparisons: f64;
  /** Mean difference of their free energies, nats. */
  usualGap: f64;
  /** Variance of the free energy of a row, nats². */
  usualVariance: f64;
  /** Cumulative sums of how much the difference is larger than usual, and smaller, in standard errors. */
  rising: f64;
  falling: f64;
  /** Rows since one was looked at. */
  waiting: f64;
  /** New rows that wait to be compared. */
  fresh: f64;
  /** Older rows that they will be compared with. */
  held: f64;

  // Shape.
  width: i32;
  hidden: i32;
  /** H rounded up to a multiple of 4. */
  rows: i32;
  panel: i32;
  stride: usize;
  /** Bytes of H values padded to a multiple of 32. */
  hiddenBytes: usize;
  chains: i32;
  runCount: i32;
  groupCount: i32;
  /** Are there units whose values are not shares of one: numbers or counts? */
  mixed: i32;
  /** Are there real units? */
  real: i32;
  /** Do columns of W have rates of their own? Those of real units and of counts up to more than one. */
  rated: i32;
  /** Has learning a clock of its own, or does it go by the number of rows? */
  tended: i32;
  /** The largest N of units that count. */
  mostTrials: i32;
  runs: usize;
  places: usize;

  // Arrays.
  weights: usize;
  visibleBias: usize;
  hiddenBias: usize;
  /** The averaged parameters; the parameters themselves when averaging is off. */
  meanWeights: usize;
  meanVisibleBias: usize;
  meanHiddenBias: usize;
  visibleOffset: usize;
  hiddenOffset: usize;
  chainStates: usize;
  chainPosteriors: usize;
  velocity: usize;
  visibleVelocity: usize;
  hiddenVelocity: usize;
  /** Two generators of 64 bytes: one for learning, one for `sample`. */
  random: usize;
  /** log σ² of real units, 0 for others, and its average; only where there are real units. */
  logVariance: usize;
  meanLogVariance: usize;
  /** Complete rows as callers give them, D values each: the older ones, then the new ones. */
  driftRows: usize;
  /** Room for their free energies. */
  driftEnergies: usize;

  // What an operation works out of them for itself: see `scales.ts`.
  precision: usize;
  variance: usize;
  rates: usize;
  /** D values: what is asked about them. */
  asked: usize;
  /** The logits of all values of one unit that counts. */
  line: usize;
}

/** Numbers that tell drift, from `comparisons` on. */
export const DRIFT_SUMS: i32 = 8;

export const OPTION_BYTES: usize = offsetof<Model>('learned');

// @ts-ignore: decorator
@inline export function learningRandom(model: Model): usize {
  return model.random;
}

// @ts-ignore: decorator
@inline export function samplingRandom(model: Model): usize {
  return model.random + 64;
}

/** The number of rows that the learning rate and the average go by. */
// @ts-ignore: decorator
@inline export function clockOf(model: Model): f64 {
  return model.tended ? model.age : model.learned;
}

// @ts-ignore: decorator
@inline export function runAt(model: Model, index: i32): Run {
  return changetype<Run>(model.runs + <usize>index * offsetof<Run>());
}

/** Is it asked for what the parameters say that learn? */
let isLive: bool = false;

/** Answer under the parameters that learn until told otherwise, as a negative phase must that others draw. */
export function live(on: i32): void {
  isLive = on != 0;
}

/** Does it answer under the parameters that learn? */
export function isAnsweringLive(): bool {
  return isLive;
}

/** Does scoring read the averaged parameters? Until the first interval is full they are the parameters themselves. */
// @ts-ignore: decorator
@inline function averaged(model: Model): bool {
  return model.learned >= model.averagingInterval && !isLive;
}

// @ts-ignore: decorator
@inline export function scoringWeights(model: Model): usize {
  return averaged(model) ? model.meanWeights : model.weights;
}

// @ts-ignore: decorator
@inline export function scoringVisibleBias(model: Model): usize {
  return averaged(model) ? model.meanVisibleBias : model.visibleBias;
}

// @ts-ignore: decorator
@inline export function scoringLogVariance(model: Model): usize {
  return averaged(model) ? model.meanLogVariance : model.logVariance;
}

// @ts-ignore: decorator
@inline export function scoringHiddenBias(model: Model): usize {
  return averaged(model) ? model.meanHiddenBias : model.hiddenBias;
}
