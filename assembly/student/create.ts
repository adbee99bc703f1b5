// Making a model: sizes from options and groups, memory from the arena, filters at random.
import { allocate, scratch } from '../arena';
import { beginLayout, laidBytes, list, take, takeMatrix, takePlaces, takeVector } from '../layout';
import { seed as seedRandom } from '../random';
import { COUNTERS, Model, OPTION_BYTES, PLACES, learningRandom, samplingRandom } from './model';
import { startAtRandom } from './start';
import { workspaceBytes } from './workspace';

/** What Hamiltonian steps begin with, in units of widths. */
const FIRST_STEP: f64 = 0.3;

/** As many experts as values are made up to here: their filters are a square matrix. */
const MOST_BY_ITSELF: i32 = 256;

function lay(model: Model, base: usize): usize {
  const D = model.width, M = model.experts, P = <i32>model.persistentChains, stride = model.stride;
  const filters = <usize>model.rows * stride, batches = model.batchSize > 1;
  beginLayout(base);
  take(offsetof<Model>());
  model.places = takePlaces(PLACES);

  model.filters = list(take(filters), M, D, stride);
  model.logExponents = takeVector(M, model.expertBytes);
  model.location = takeVector(D, stride);
  model.precision = takeVector(D, stride);
  model.chains = takeMatrix(P, D, stride);
  model.filterSums = list(take(batches ? filters : 0), batches ? M : 0, D, stride);
  model.exponentSums = list(take(batches ? model.expertBytes : 0), i32(batches), M, 0);
  model.locationSums = list(take(batches ? stride : 0), i32(batches), D, 0);
  model.random = takeMatrix(2, 16, 64);
  list(base + offsetof<Model>('learned'), 1, COUNTERS, 0);
  return laidBytes();
}

/** Sizes are 32-bit sums from here on: refuse, in f64, what would overflow them. */
function fits(model: Model): bool {
  const row = <f64>model.stride, rows = <f64>model.rows;
  const matrices = model.batchSize > 1 ? 2 : 1;
  const arrays = rows * row * matrices + row * (model.persistentChains + 4) + rows * 16 + 8192;
  return arrays < 4e9 && workspaceBytes(model) < 4e9;
}

/** A new model in the arena, or null when there is no memory for it. */
export function createModel(groups: usize, groupCount: i32, options: usize): Model | null {
  const draft = changetype<Model>(scratch(offsetof<Model>()));
  if (changetype<usize>(draft) == 0) return null;
  memory.fill(changetype<usize>(draft), 0, offsetof<Model>());
  memory.copy(changetype<usize>(draft), options, OPTION_BYTES);
  for (let i = 0; i < groupCount; i++) draft.width += load<i32>(groups + (<usize>i << 3), 4);
  draft.experts = draft.expertCount == 0 ? min(draft.width, MOST_BY_ITSELF) : <i32>draft.expertCount;
  draft.rows = (draft.experts + 3) & ~3;
  draft.hamiltonian = i32(<f64>draft.width > draft.gibbsWidth);
  draft.stride = ((<usize>draft.width << 2) + 31) & ~31;
  draft.expertBytes = <usize>draft.rows << 2;
  draft.step = FIRST_STEP;

  if (!fits(draft)) return null;
  const slot = allocate(lay(draft, 0));
  if (slot == 0) return null;
  memory.copy(slot, changetype<usize>(draft), offsetof<Model>());
  const model = changetype<Model>(slot);
  lay(model, slot);
  seedRandom(learningRandom(model), <u32>model.seed, 0);
  seedRandom(samplingRandom(model), <u32>model.seed, 1);
  startAtRandom(model);
  return model;
}
