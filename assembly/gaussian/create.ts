// Making a model: sizes from options and groups, memory from the arena, the values at which learning starts.
import { allocate, release, scratch } from '../arena';
import { beginLayout, laidBytes, list, take, takeMatrix, takePlaces, takeVector } from '../layout';
import { seed as seedRandom } from '../random';
import { COUNTERS, Model, OPTION_BYTES, PLACES, at, learningRandom, samplingRandom } from './model';
import { drawRoots, startChains } from './start';
import { reserveWorkspace } from './workspace';

function lay(model: Model, base: usize): usize {
  const D = model.width, M = model.experts, R = model.rank, roomBytes = <usize>model.room << 3;
  beginLayout(base);
  take(offsetof<Model>());
  model.places = takePlaces(PLACES);

  const row = <usize>D << 3, sums = i32(model.batchSize > 1), matrix = <usize>(D * M) * roomBytes;
  model.baseMeans = takeVector(D, row);
  model.baseRoots = takeVector(D, row);
  model.means = takeMatrix(M, D, row);
  model.roots = takeMatrix(D * M, R, roomBytes);
  model.scales = takeVector(D, row);
  model.baseMeanSums = list(take(sums ? row : 0), sums, D, 0);
  model.baseRootSums = list(take(sums ? row : 0), sums, D, 0);
  model.meanSums = list(take(sums ? <usize>M * row : 0), sums * M, D, row);
  model.rootSums = list(take(sums ? matrix : 0), sums * D * M, R, roomBytes);
  model.chains = takeMatrix(model.chainCount, D, <usize>D << 2);
  model.random = takeMatrix(2, 16, 64);
  list(base + offsetof<Model>('learned'), 1, COUNTERS, 0);
  return laidBytes();
}

/** Sizes are 32-bit sums from here on: refuse, in f64, what would overflow them. The workspace has H × H numbers. */
function fits(model: Model): bool {
  const D = <f64>model.width, H = <f64>model.height, M = <f64>model.experts, C = <f64>model.chainCount;
  const arrays = 2 * D * (H + M + 4) + D * C;
  const workspace = D * (H + M + 8) + H * (H + 8);
  return 8 * (arrays + workspace) < 4e9;
}

function setStart(model: Model): void {
  const seed = <u32>model.seed;
  for (let i = 0; i < model.width; i++) {
    store<f64>(at(model.baseRoots, i), 1);
    store<f64>(at(model.scales, i), 1);
  }
  drawRoots(model);
  seedRandom(learningRandom(model), seed, 0);
  seedRandom(samplingRandom(model), seed, 1);
  startChains(model);
}

/** A new model in the arena, or null when there is no memory for it. `groups`: i32 pairs of code and size. */
export function createModel(groups: usize, groupCount: i32, options: usize): Model | null {
  const draft = changetype<Model>(scratch(offsetof<Model>()));
  if (changetype<usize>(draft) == 0) return null;
  memory.fill(changetype<usize>(draft), 0, offsetof<Model>());
  memory.copy(changetype<usize>(draft), options, OPTION_BYTES);
  for (let i = 0; i < groupCount; i++) draft.width += load<i32>(groups + (<usize>i << 3), 4);
  const limit = <i32>draft.rankLimit;
  draft.experts = <i32>draft.expertCount;
  draft.rank = limit == 0 ? draft.width : min(limit, draft.width);
  draft.room = (draft.rank + 1) & ~1;
  if (<f64>draft.experts * <f64>draft.room >= 5e8) return null;
  draft.height = draft.experts * draft.room;
  draft.columnBytes = <usize>draft.height << 3;
  draft.chainCount = <i32>draft.persistentChains;

  if (!fits(draft)) return null;
  const slot = allocate(lay(draft, 0));
  if (slot == 0) return null;
  const model = changetype<Model>(slot);
  memory.copy(slot, changetype<usize>(draft), offsetof<Model>());
  lay(model, slot);
  if (!reserveWorkspace(model)) {
    release(slot);
    return null;
  }
  setStart(model);
  return model;
}
