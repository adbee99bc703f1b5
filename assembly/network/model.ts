// A network of sigmoid layers with a softmax on top, in one block of memory.
//
// Shapes: n_0 values of a row, n_1 … hidden units, n_L classes.
//   weights of layer l (n_l, n_l+1), input-major: row i is what input i adds to all units. A row takes `stride` bytes, its
//   values padded with zeros to 32 bytes. So an input that is zero costs nothing, on the way up and in an update.
//
//   | options, shape, counters | layers | places | tensors … |

/** One matrix of weights and what belongs to it. */
@unmanaged
export class Layer {
  inputs: i32;
  outputs: i32;
  stride: usize;
  weights: usize;
  bias: usize;
  /** What they moved by last; 0 without momentum. */
  velocity: usize;
  biasVelocity: usize;
  /** Sums over the rows of a batch that is not full; 0 where every row is a batch. */
  gradient: usize;
  biasGradient: usize;
  // In the workspace: see `openWorkspace`.
  /** The inputs that are not zero: their numbers (i32) and their values (f32), n_l each. */
  list: usize;
  values: usize;
  count: i32;
  /** What comes out, and how the loss changes with what goes in. */
  output: usize;
  delta: usize;
}

/** Arrays of a layer in the table of places: weights, biases, their velocities, their gradients. */
export const LAYER_PLACES: i32 = 6;

@unmanaged
export class Model {
  // Options, in the order in which a caller hands them over.
  learningRate: f64;
  learningRateDecay: f64;
  learningRateFloor: f64;
  momentum: f64;
  weightDecay: f64;
  batch: f64;
  weightScale: f64;
  seed: f64;

  // Counters.
  /** Rows learned so far. */
  learned: f64;
  /** Those of them whose gradients wait for the batch to be full. */
  pending: f64;

  layerCount: i32;
  width: i32;
  classes: i32;
  layers: usize;
  places: usize;
}

export const OPTION_BYTES: usize = offsetof<Model>('learned');

// @ts-ignore: decorator
@inline export function layerAt(model: Model, index: i32): Layer {
  return changetype<Layer>(model.layers + <usize>index * offsetof<Layer>());
}

export function placeCountOf(model: Model): i32 {
  return 1 + model.layerCount * LAYER_PLACES;
}
