// Making a model: sizes from options and groups, memory from the arena, values at which learning starts.
import { allocate } from '../arena';
import { ARRAY_OVERHEAD, Place, beginLayout, list, take, takePlaces, takeVector } from '../layout';
import { seed as seedRandom, uniform4 } from '../random';
import { log1, splat } from '../simd';
import {
  COUNTERS, Group, MOST, Model, OPTION_BYTES, PLACES, SET, SPARE_ROWS, biasAt, groupAt, learningRandom, samplingRandom,
  weightsOf,
} from './model';

/** Arrays of a model, the model itself and the table among them. */
const ARRAYS: usize = 10;

/** H values in whole cache lines, and never a multiple of 2048 bytes, where rows would compete for cache sets. */
function strideOf(hidden: i32): usize {
  const bytes = ((<usize>hidden << 2) + 63) & ~63;
  return bytes % 2048 == 0 ? bytes + 64 : bytes;
}

function lay(model: Model): void {
  const U = model.units, H = model.hidden, stride = model.stride;
  beginLayout(changetype<usize>(model));
  take(offsetof<Model>());
  model.places = takePlaces(PLACES);
  model.groups = take(<usize>model.groupCount * offsetof<Group>());
  // The vector behind the last group is read as well.
  const choiceBytes = <usize>(model.groupCount - model.setCount + 4) << 2;
  model.choiceFirsts = take(choiceBytes);
  model.choiceSizes = take(choiceBytes);
  model.weights = list(take(<usize>(U + SPARE_ROWS) * stride), U, H, stride);
  model.visibleBias = takeVector(U, <usize>U << 2);
  model.hiddenBias = takeVector(H, stride);
  model.hiddenOffset = takeVector(H, stride);
  model.random = list(take(128), 2, 16, 64);
  list(changetype<usize>(model) + offsetof<Model>('learned'), 1, COUNTERS, 0);
}

/**
 * Weights of mean 0 and standard deviation `weightScale`, all equally likely within √3 of it: four of them cost as much
 * as a hundredth of a normally distributed one, and there may be 2²⁰ rows.
 */
function drawWeights(model: Model, random: usize): void {
  const H = model.hidden, range = <f32>(model.weightScale * Math.sqrt(12));
  if (range == 0) return;
  const bytes = <usize>H << 2;
  for (let k = 0; k < model.units; k++) {
    const row = weightsOf(model, k);
    for (let at: usize = 0; at < bytes; at += 16) {
      v128.store(row + at, f32x4.mul(f32x4.sub(uniform4(random), splat(0.5)), splat(range)));
    }
    // The padding of a row is zero.
    memory.fill(row + bytes, 0, (16 - (bytes & 15)) & 15);
  }
}

/** Generators seeded, small weights unless they are `blank`; of a set one unit is expected to be on. */
function setStart(model: Model, blank: bool): void {
  const seed = <u32>model.seed;
  // The third stream is used up here; its state is kept nowhere.
  seedRandom(samplingRandom(model), seed, 2);
  if (!blank) drawWeights(model, samplingRandom(model));
  seedRandom(learningRandom(model), seed, 0);
  seedRandom(samplingRandom(model), seed, 1);
  if (model.centering != 0) {
    for (let j = 0; j < model.hidden; j++) store<f32>(model.hiddenOffset + (<usize>j << 2), 0.5);
  }
  for (let g = 0; g < model.groupCount; g++) {
    const group = groupAt(model, g);
    if (!group.isSet) continue;
    const bias = -log1(<f32>(group.size - 1));
    for (let k = 0; k < group.size; k++) store<f32>(biasAt(model, group.first + k), bias);
  }
  model.scale = 1;
}

/** Groups one behind the other, and those of states by themselves. `groups`: i32 pairs of code and size. */
function setGroups(model: Model, groups: usize): void {
  const choices = model.groupCount - model.setCount;
  let first = 0, choice: usize = 0;
  for (let g = 0; g < model.groupCount; g++) {
    const group = groupAt(model, g), size = load<i32>(groups + (<usize>g << 3), 4);
    group.isSet = i32(load<i32>(groups + (<usize>g << 3)) == SET);
    group.size = size;
    group.first = first;
    first += size;
    if (group.isSet) continue;
    store<i32>(model.choiceFirsts + choice, group.first);
    store<f32>(model.choiceSizes + choice, <f32>size);
    choice += 4;
  }
  for (let i = 0; i < 4; i++) store<f32>(model.choiceSizes + (<usize>(choices + i) << 2), 1);
}

/** A new model in the arena, or 0 when there is no memory for it. `groups`: i32 pairs of code and size. */
export function createModel(groups: usize, groupCount: i32, options: usize, blank: bool): usize {
  let units: f64 = 0, widest = 0, sets = 0;
  for (let g = 0; g < groupCount; g++) {
    const size = load<i32>(groups + (<usize>g << 3), 4);
    units += <f64>size;
    widest = max(widest, size);
    sets += i32(load<i32>(groups + (<usize>g << 3)) == SET);
  }
  const hidden = <i32>load<f64>(options), stride = strideOf(hidden);
  const fixed = offsetof<Model>() + PLACES * offsetof<Place>() + 2 * stride + 128 + ARRAYS * ARRAY_OVERHEAD;
  const rows = (units + <f64>SPARE_ROWS) * <f64>(stride + 4);
  const bytes = <f64>fixed + rows + <f64>groupCount * <f64>(offsetof<Group>() + 8) + 32;
  // In f64, since sizes are 32-bit sums from here on.
  if (bytes >= 4e9) return 0;
  const slot = allocate(<usize>bytes);
  if (slot == 0) return 0;

  const model = changetype<Model>(slot);
  memory.copy(slot, options, OPTION_BYTES);
  model.hidden = hidden;
  model.stride = stride;
  model.groupCount = groupCount;
  model.setCount = sets;
  model.units = <i32>units;
  model.widest = widest;
  model.width = groupCount - sets + sets * MOST;
  lay(model);
  setGroups(model, groups);
  setStart(model, blank);
  return slot;
}
