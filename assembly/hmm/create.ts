// Making a model: windows from groups, memory from the arena, values at which learning starts.
import { allocate } from '../arena';
import { gaussians } from '../gaussian';
import { ARRAY_OVERHEAD, Place, beginLayout, list, take, takeMatrix, takePlaces, takeVector } from '../layout';
import { log1, splat } from '../simd';
import { seed as seedRandom } from '../random';
import { normalise } from './normalise';
import {
  COUNTERS, INDEX, MOST_SYMBOLS, Model, OPTION_BYTES, PLACES, REAL, SEQUENCE, Window, learningRandom, samplingRandom,
  windowAt,
} from './model';

/** Arrays of a model, the model itself and the table among them. */
const ARRAYS: usize = 24;
/** Standard deviation of the logarithms of emissions at the start, and what is added to those of staying in a state. */
const EMISSION_NOISE: f32 = 0.1;
const STAYING: f32 = 1;

// @ts-ignore: decorator
@inline function kindAt(groups: usize, g: i32): i32 {
  return load<i32>(groups + (<usize>g << 3));
}

// @ts-ignore: decorator
@inline function sizeAt(groups: usize, g: i32): i32 {
  return load<i32>(groups + (<usize>g << 3), 4);
}

/** Does group g go on with the window of the group before it? */
function continues(groups: usize, g: i32): bool {
  if (g == 0 || kindAt(groups, g) != kindAt(groups, g - 1)) return false;
  return kindAt(groups, g) == REAL || (kindAt(groups, g) == INDEX && sizeAt(groups, g) == sizeAt(groups, g - 1));
}

/** Fill in the windows, but for the addresses. */
function fillWindows(model: Model, groups: usize, groupCount: i32): void {
  let at = 0, group = 0, index = -1;
  for (let g = 0; g < groupCount; g++) {
    const kind = kindAt(groups, g), size = sizeAt(groups, g);
    const values = kind == REAL ? size : kind == SEQUENCE ? MOST_SYMBOLS : 1;
    if (!continues(groups, g)) {
      const window = windowAt(model, ++index);
      window.kind = kind;
      window.size = kind == REAL ? <i32>model.channels : size;
      window.first = at;
      window.values = 0;
      window.group = group;
    }
    const window = windowAt(model, index);
    window.values += values;
    window.steps = kind == REAL ? window.values / window.size : window.values;
    at += values;
    group += kind == REAL ? size : 1;
  }
}

function takeParameters(model: Model, rows: i32): usize {
  return takeMatrix(rows, model.experts, model.lanes);
}

/** Lay the arrays out: `symbols` and `channels` are Σ S and Σ C. */
function lay(model: Model, symbols: i32, channels: i32): void {
  const K = model.states, W = model.windowCount, P = <i32>model.persistentChains;
  beginLayout(changetype<usize>(model));
  take(offsetof<Model>());
  model.places = takePlaces(PLACES);
  model.windows = take(<usize>W * offsetof<Window>());
  model.mask = take(model.lanes);
  model.initial = takeParameters(model, W * K);
  model.transition = takeParameters(model, W * K * K);
  model.emission = takeParameters(model, symbols * K);
  model.mean = takeParameters(model, channels * K);
  model.logVariance = takeParameters(model, channels * K);
  const batches = model.batchSize > 1;
  model.parameterBytes = take(0) - model.initial;
  model.gradients = take(model.parameterBytes);
  listGradient(model, model.initial, batches ? W * K : 0);
  listGradient(model, model.transition, batches ? W * K * K : 0);
  listGradient(model, model.emission, batches ? symbols * K : 0);
  listGradient(model, model.mean, batches ? channels * K : 0);
  listGradient(model, model.logVariance, batches ? channels * K : 0);
  model.chains = takeMatrix(P, model.width, model.chainStride);
  model.present = takeVector(model.width, <usize>model.width << 3);
  model.random = takeMatrix(2, 16, 64);
  list(changetype<usize>(model) + offsetof<Model>('updates'), 1, COUNTERS, 0);
}

/** The sums of differences have to be saved when they wait from one row to the next. */
function listGradient(model: Model, parameter: usize, rows: i32): void {
  list(parameter + (model.gradients - model.initial), rows, model.experts, model.lanes);
}

/** Where the parameters of every window stand. */
function setAddresses(model: Model): void {
  const K = <usize>model.states;
  let symbols: usize = 0, channels: usize = 0;
  for (let w = 0; w < model.windowCount; w++) {
    const window = windowAt(model, w);
    window.initial = model.initial + <usize>w * model.stateBytes;
    window.transition = model.transition + <usize>w * K * model.stateBytes;
    window.gradient = model.gradients - model.initial;
    if (window.kind == REAL) {
      window.emission = model.mean + channels * model.stateBytes;
      window.spread = model.logVariance + channels * model.stateBytes;
      channels += <usize>window.size;
    } else {
      window.emission = model.emission + symbols * model.stateBytes;
      symbols += <usize>window.size;
    }
  }
}

/** Emissions that differ a little from state to state and expert to expert; states that are stayed in. */
function startWindow(model: Model, window: Window, random: usize): void {
  const K = model.states, lanes = model.lanes, bytes = model.stateBytes;
  for (let at: usize = 0; at < lanes; at += 16) {
    for (let k = 0; k < K; k++) {
      const row = window.transition + <usize>k * bytes;
      v128.store(row + <usize>k * lanes + at, splat(STAYING));
      normalise(row + at, K, lanes);
    }
    normalise(window.initial + at, K, lanes);
  }
  const rows = window.size * K;
  for (let r = 0; r < rows; r++) {
    // Means as far from each other as variances of one make sense of.
    const noise: f32 = window.kind == REAL ? 0.5 : EMISSION_NOISE;
    gaussians(random, window.emission + <usize>r * lanes, model.experts, noise);
  }
  if (window.kind == REAL) {
    // A product of M densities of this variance has a variance of one.
    const logM = splat(log1(<f32>model.experts));
    for (let at: usize = 0; at < <usize>rows * lanes; at += 16) v128.store(window.spread + at, logM);
  } else {
    for (let at: usize = 0; at < bytes; at += 16) normalise(window.emission + at, window.size, bytes);
  }
}

function setStart(model: Model, blank: bool): void {
  const seed = <u32>model.seed;
  // The third stream is used up here; its state is kept nowhere.
  seedRandom(samplingRandom(model), seed, 2);
  for (let w = 0; !blank && w < model.windowCount; w++) startWindow(model, windowAt(model, w), samplingRandom(model));
  for (let m = 0; m < model.experts; m++) store<f32>(model.mask + (<usize>m << 2), 1);
  seedRandom(learningRandom(model), seed, 0);
  seedRandom(samplingRandom(model), seed, 1);
}

/** A new model in the arena, or 0 when there is no memory for it. */
export function createModel(groups: usize, groupCount: i32, options: usize): usize {
  const shape = changetype<Model>(options);
  const M = <i32>shape.expertCount, K = <i32>shape.stateCount, C = <i32>shape.channels;
  const lanes = ((<usize>M << 2) + 15) & ~15;
  let windows: f64 = 0, symbols: f64 = 0, channels: f64 = 0, width: f64 = 0;
  let steps = 0, most = 2, run = 0, groupTotal = 0;
  let hasSequences = false;
  for (let g = 0; g < groupCount; g++) {
    const kind = kindAt(groups, g), size = sizeAt(groups, g);
    const values = kind == REAL ? size : kind == SEQUENCE ? MOST_SYMBOLS : 1;
    width += <f64>values;
    groupTotal += kind == REAL ? size : 1;
    hasSequences = hasSequences || kind == SEQUENCE;
    if (!continues(groups, g)) {
      windows += 1;
      if (kind == REAL) channels += <f64>C;
      else symbols += <f64>size;
      run = 0;
    }
    run += values;
    steps = max(steps, kind == REAL ? run / C : run);
    if (kind != REAL) most = max(most, size);
  }
  const stateBytes = <f64>K * <f64>lanes, chainStride = (<usize>(<i32>width << 2) + 15) & ~15;
  const parameters = stateBytes * (windows * <f64>(1 + K) + symbols + 2 * channels);
  const chains = shape.persistentChains * <f64>chainStride;
  const fixed = <f64>(offsetof<Model>() + PLACES * offsetof<Place>() + 128 + lanes + ARRAYS * ARRAY_OVERHEAD);
  const bytes = fixed + windows * <f64>offsetof<Window>() + 8 * width + 2 * parameters + chains;
  // In f64, since sizes are 32-bit sums from here on.
  if (bytes >= 4e9) return 0;
  const slot = allocate(<usize>bytes);
  if (slot == 0) return 0;

  const model = changetype<Model>(slot);
  memory.copy(slot, options, OPTION_BYTES);
  model.width = <i32>width;
  model.experts = M;
  model.states = K;
  model.lanes = lanes;
  model.stateBytes = <usize>stateBytes;
  model.windowCount = <i32>windows;
  model.steps = steps;
  model.symbols = most;
  model.widest = C;
  model.groups = groupTotal;
  model.hasSequences = hasSequences;
  model.chainStride = chainStride;
  lay(model, <i32>symbols, <i32>channels);
  fillWindows(model, groups, groupCount);
  setAddresses(model);
  return slot;
}

export { setStart };
