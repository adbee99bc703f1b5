// Making a model: sizes from options and groups, memory from the arena, values at which learning starts.
import { allocate, release as free, scratch } from '../arena';
import { seed as seedRandom } from '../random';
import { beginLayout, laidBytes, list, take, takeMatrix, takePlaces, takeVector } from '../layout';
import {
  COUNT, DRIFT_SUMS, Model, OPTION_BYTES, PLACES, REAL, Run, SOFTMAX, learningRandom, runAt, samplingRandom,
} from './model';
import { drawWeights } from './weights';

/**
 * Bytes of weights that are visited together: phases that take turns find the rows in a near cache. A multiple of 12, so
 * that rows go by four and by six.
 */
const PANEL_BYTES: usize = 163840;
const PANEL_ROWS: i32 = 48;
const PANEL_STEP: i32 = 12;

function paddedBytes(values: i32): usize {
  return ((<usize>values << 2) + 31) & ~31;
}

function rowBytes(values: i32): usize {
  const bytes = paddedBytes(values);
  return bytes >= 2048 && (bytes & 2047) == 0 ? bytes + 64 : bytes;
}

/** Take and enter a vector, or enter in its place another one that stands for it. */
function takeVectorIf(present: bool, columns: i32, bytes: usize, otherwise: usize = 0): usize {
  return list(present ? take(bytes) : otherwise, i32(present), columns, 0);
}

/** The same of a matrix, with room for `padded` rows. */
function takeRows(rows: i32, padded: i32, columns: i32, stride: usize, otherwise: usize = 0): usize {
  return list(rows > 0 ? take(<usize>padded * stride) : otherwise, rows, columns, stride);
}

function lay(model: Model, base: usize): usize {
  const D = model.width, H = model.hidden, P = <i32>model.persistentChains;
  const stride = model.stride, hiddenBytes = model.hiddenBytes;
  const averages = model.averaging != 0, moves = model.momentum > 0;
  beginLayout(base);
  take(offsetof<Model>());
  model.runs = take(<usize>model.runCount * offsetof<Run>());
  model.places = takePlaces(PLACES);

  model.weights = takeRows(H, model.rows, D, stride);
  model.visibleBias = takeVector(D, stride);
  model.hiddenBias = takeVector(H, hiddenBytes);
  model.meanWeights = takeRows(averages ? H : 0, model.rows, D, stride, model.weights);
  model.meanVisibleBias = takeVectorIf(averages, D, stride, model.visibleBias);
  model.meanHiddenBias = takeVectorIf(averages, H, hiddenBytes, model.hiddenBias);
  model.visibleOffset = takeVector(D, stride);
  model.hiddenOffset = takeVector(H, hiddenBytes);
  model.chainStates = takeRows(P, P, D, stride);
  model.chainPosteriors = takeRows(P, P, H, hiddenBytes);
  model.velocity = takeRows(moves ? H : 0, model.rows, D, stride);
  model.visibleVelocity = takeVectorIf(moves, D, stride);
  model.hiddenVelocity = takeVectorIf(moves, H, hiddenBytes);
  model.random = takeMatrix(2, 16, 64);
  list(base + offsetof<Model>('learned'), 1, 3, 0);
  layScales(model, averages);
  layUpkeep(model, base);
  return laidBytes();
}

/** What tells drift, and the clock that it puts back. */
function layUpkeep(model: Model, base: usize): void {
  const drifts = model.driftReset != 0, rows = drifts ? <i32>(model.driftReservoir + model.driftSample) : 0;
  list(base + offsetof<Model>('age'), model.tended, 3, 0);
  list(base + offsetof<Model>('comparisons'), i32(drifts), DRIFT_SUMS, 0);
  model.driftRows = takeRows(rows, rows, model.width, <usize>model.width << 2);
  if (drifts) model.driftEnergies = take(<usize>rows << 2);
}

/** What only layers with numbers and counts have. */
function layScales(model: Model, averages: bool): void {
  const D = model.width, stride = model.stride, real = model.real != 0;
  model.logVariance = takeVectorIf(real, D, stride);
  model.meanLogVariance = takeVectorIf(real && averages, D, stride, model.logVariance);
  if (!model.mixed) return;
  model.precision = take(stride);
  model.variance = take(stride);
  model.rates = take(stride);
  model.asked = take(stride);
  model.line = take((<usize>model.mostTrials << 2) + 32);
}

/** Read `groups`, pairs of (kind, size), into runs; neighbouring units of a kind join. */
function readRuns(model: Model, groups: usize, groupCount: i32, runs: usize): void {
  let run = changetype<Run>(runs), count = 0, start = 0, group = 0;
  for (let i = 0; i < groupCount; i++) {
    const kind = load<i32>(groups + (<usize>i << 3)), extent = load<i32>(groups + (<usize>i << 3), 4);
    const trials = kind == COUNT ? extent : 1, size = kind == COUNT ? 1 : extent;
    if (count > 0 && kind != SOFTMAX && run.kind == kind && run.trials == trials) run.size += size;
    else {
      run = changetype<Run>(runs + <usize>count * offsetof<Run>());
      count++;
      run.kind = kind;
      run.start = start;
      run.size = size;
      run.group = group;
      run.trials = trials;
    }
    start += size;
    group += kind == SOFTMAX ? 1 : size;
    if (kind == REAL || kind == COUNT) model.mixed = 1;
    if (kind == REAL) model.real = 1;
    if (kind == REAL || trials > 1) model.rated = 1;
    model.mostTrials = max(model.mostTrials, trials);
  }
  model.width = start;
  model.runCount = count;
  model.groupCount = group;
}

/**
 * Weights ~ N(0, weightScale²), unit offsets in the middle, generators seeded. Biases and averages are zero, and so are
 * the logarithms of variances.
 */
function setStart(model: Model): void {
  const seed = <u32>model.seed;
  // The third stream is used up here; its state is kept nowhere.
  seedRandom(samplingRandom(model), seed, 2);
  for (let j = 0; j < model.hidden; j++) {
    drawWeights(model, model.weights + <usize>j * model.stride, samplingRandom(model));
    store<f32>(model.hiddenOffset + (<usize>j << 2), 0.5 * <f32>model.replicas);
  }
  seedRandom(learningRandom(model), seed, 0);
  seedRandom(samplingRandom(model), seed, 1);
  for (let r = 0; r < model.runCount; r++) {
    const run = runAt(model, r);
    const mean: f32 = run.kind == REAL ? 0 : run.kind == SOFTMAX ? <f32>1 / <f32>run.size : 0.5 * <f32>run.trials;
    for (let i = run.start; i < run.start + run.size; i++) store<f32>(model.visibleOffset + (<usize>i << 2), mean);
  }
}

/** The chains that one update steps: of the persistent ones as many as asked for, 0 meaning all. */
function chainsPerStep(model: Model): i32 {
  if (model.persistentChains == 0) return 1;
  return <i32>(model.chainsPerStep == 0 ? model.persistentChains : model.chainsPerStep);
}

/** Sizes are 32-bit sums from here on: refuse, in f64, what would overflow them. Counts vectors of D and of H values. */
function fits(model: Model): bool {
  const phases = <f64>model.chains + 1, chains = model.persistentChains;
  const kept = model.driftReset != 0 ? model.driftReservoir + model.driftSample : 0;
  const visible = 3 * <f64>model.rows + chains + 10 * phases + kept + 16;
  const hidden = chains + (6 + 2 * model.replicas) * phases + 8 + 4 * model.replicas;
  return visible * <f64>model.stride + hidden * <f64>model.hiddenBytes < 4e9;
}

/** A new model in the arena, or null when there is no memory for it. Its chains stand at zero: see `startChains`. */
export function createModel(groups: usize, groupCount: i32, options: usize): Model | null {
  const runBytes = <usize>groupCount * offsetof<Run>();
  const draft = changetype<Model>(scratch(offsetof<Model>() + runBytes));
  if (changetype<usize>(draft) == 0) return null;
  const runs = changetype<usize>(draft) + offsetof<Model>();
  memory.fill(changetype<usize>(draft), 0, offsetof<Model>());
  memory.copy(changetype<usize>(draft), options, OPTION_BYTES);
  readRuns(draft, groups, groupCount, runs);
  draft.hidden = <i32>draft.hiddenCount;
  draft.rows = (draft.hidden + 3) & ~3;
  draft.stride = rowBytes(draft.width);
  draft.hiddenBytes = paddedBytes(draft.hidden);
  draft.chains = chainsPerStep(draft);
  draft.tended = i32(draft.driftReset != 0 || draft.revival != 0);
  const panel = <i32>(PANEL_BYTES / draft.stride);
  draft.panel = max(PANEL_STEP, min(PANEL_ROWS, panel - panel % PANEL_STEP));

  if (!fits(draft)) return null;
  const slot = allocate(lay(draft, 0));
  if (slot == 0) return null;
  memory.copy(slot, changetype<usize>(draft), offsetof<Model>());
  const model = changetype<Model>(slot);
  lay(model, slot);
  memory.copy(model.runs, runs, <usize>model.runCount * offsetof<Run>());
  setStart(model);
  return model;
}

export function releaseModel(model: Model): void {
  free(changetype<usize>(model));
}
