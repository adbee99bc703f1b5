// Making a model: sizes from options and groups, memory from the arena, values at which learning starts.
import { allocate } from '../arena';
import { gaussians } from '../gaussian';
import { ARRAY_OVERHEAD, Place, beginLayout, list, take, takeMatrix, takePlaces, takeVector } from '../layout';
import { seed as seedRandom } from '../random';
import {
  COUNTERS, Group, MOST_TOKENS, Model, OPTION_BYTES, PLACES, groupAt, learningRandom, samplingRandom, weightsOf,
} from './model';

/** Arrays of a model, the model itself and the table among them. */
const ARRAYS: usize = 10;

function lay(model: Model): void {
  const U = model.units, H = model.hidden, G = model.groupCount, stride = model.stride;
  beginLayout(changetype<usize>(model));
  take(offsetof<Model>());
  model.places = takePlaces(PLACES);
  model.groups = take(<usize>G * offsetof<Group>());
  model.weights = takeMatrix(U, H, stride);
  model.bias = takeVector(U, <usize>U << 2);
  model.hiddenBias = takeVector(H, stride);
  model.hiddenOffset = takeVector(H, stride);
  model.tree = takeVector(U, <usize>U << 3);
  model.lengths = takeVector(G, <usize>G << 3);
  model.random = takeMatrix(2, 16, 64);
  list(changetype<usize>(model) + offsetof<Model>('learned'), 1, COUNTERS, 0);
}

/** Weights ~ N(0, weightScale²) unless they are `blank`, hidden offsets in the middle, generators seeded; all else is zero. */
function setStart(model: Model, blank: bool): void {
  const seed = <u32>model.seed;
  // The third stream is used up here; its state is kept nowhere.
  seedRandom(samplingRandom(model), seed, 2);
  for (let k = 0; !blank && k < model.units; k++) {
    gaussians(samplingRandom(model), weightsOf(model, k), model.hidden, <f32>model.weightScale);
  }
  for (let j = 0; j < model.hidden; j++) store<f32>(model.hiddenOffset + (<usize>j << 2), 0.5);
  seedRandom(learningRandom(model), seed, 0);
  seedRandom(samplingRandom(model), seed, 1);
  model.scale = 1;
}

/** A new model in the arena, or 0 when there is no memory for it. */
export function createModel(groups: usize, groupCount: i32, options: usize, blank: bool): usize {
  let units: f64 = 0, widest = 0;
  for (let g = 0; g < groupCount; g++) {
    const size = load<i32>(groups + (<usize>g << 3), 4);
    units += <f64>size;
    widest = max(widest, size);
  }
  const hidden = <i32>load<f64>(options), stride = ((<usize>hidden << 2) + 31) & ~31;
  const fixed = offsetof<Model>() + PLACES * offsetof<Place>() + 2 * stride + 128 + ARRAYS * ARRAY_OVERHEAD;
  const bytes = <f64>fixed + units * (<f64>stride + 12) + <f64>groupCount * <f64>(offsetof<Group>() + 8);
  // In f64, since sizes are 32-bit sums from here on.
  if (bytes >= 4e9) return 0;
  const slot = allocate(<usize>bytes);
  if (slot == 0) return 0;

  const model = changetype<Model>(slot);
  memory.copy(slot, options, OPTION_BYTES);
  model.hidden = hidden;
  model.stride = stride;
  model.groupCount = groupCount;
  model.units = <i32>units;
  model.widest = widest;
  model.width = groupCount * MOST_TOKENS;
  lay(model);
  let first = 0;
  for (let g = 0; g < groupCount; g++) {
    const group = groupAt(model, g);
    group.size = load<i32>(groups + (<usize>g << 3), 4);
    group.first = first;
    first += group.size;
  }
  setStart(model, blank);
  return slot;
}
