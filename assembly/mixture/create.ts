// Making a model: sizes from options and groups, memory from the arena, the values at which learning starts.
import { allocate, release, scratch } from '../arena';
import { beginLayout, laidBytes, list, take, takeMatrix, takePlaces, takeVector } from '../layout';
import { seed as seedRandom } from '../random';
import { COUNTERS, Model, OPTION_BYTES, PLACES, learningRandom, samplingRandom } from './model';
import { startAnywhere } from './start';
import { reserveWorkspace } from './workspace';

function lay(model: Model, base: usize): usize {
  const D = model.width, M = model.experts, K = model.components, C = M * K, row = model.rowBytes;
  beginLayout(base);
  take(offsetof<Model>());
  model.places = takePlaces(PLACES);

  const sums = i32(model.batchSize > 1), lines = sums ? <usize>C * row : 0;
  model.logits = takeMatrix(M, K, model.setBytes);
  model.means = takeMatrix(C, D, row);
  model.roots = takeMatrix(C, D, row);
  model.scales = takeVector(D, row);
  model.logitSums = list(take(sums ? <usize>M * model.setBytes : 0), sums * M, K, model.setBytes);
  model.meanSums = list(take(lines), sums * C, D, row);
  model.rootSums = list(take(lines), sums * C, D, row);
  model.chains = takeMatrix(model.chainCount, D, row);
  model.random = takeMatrix(2, 16, 64);
  list(base + offsetof<Model>('learned'), 1, COUNTERS, 0);
  return laidBytes();
}

/** Sizes are 32-bit sums from here on: refuse, in f64, what would overflow them. */
function fits(model: Model): bool {
  const row = <f64>model.rowBytes, C = model.expertCount * model.componentCount;
  return row * (8 * C + model.persistentChains + 16) + 64 * <f64>model.setBytes * model.expertCount < 4e9;
}

/** A new model in the arena, or null when there is no memory for it. `groups`: i32 pairs of code and size. */
export function createModel(groups: usize, groupCount: i32, options: usize): Model | null {
  const draft = changetype<Model>(scratch(offsetof<Model>()));
  if (changetype<usize>(draft) == 0) return null;
  memory.fill(changetype<usize>(draft), 0, offsetof<Model>());
  memory.copy(changetype<usize>(draft), options, OPTION_BYTES);
  for (let i = 0; i < groupCount; i++) draft.width += load<i32>(groups + (<usize>i << 3), 4);
  draft.experts = <i32>draft.expertCount;
  draft.components = <i32>draft.componentCount;
  draft.rowBytes = ((<usize>draft.width << 2) + 15) & ~15;
  draft.setBytes = ((<usize>draft.components << 2) + 15) & ~15;
  draft.chainCount = <i32>draft.persistentChains;

  if (!fits(draft)) return null;
  const slot = allocate(lay(draft, 0));
  if (slot == 0) return null;
  const model = changetype<Model>(slot), seed = <u32>draft.seed;
  memory.copy(slot, changetype<usize>(draft), offsetof<Model>());
  lay(model, slot);
  if (!reserveWorkspace(model)) {
    release(slot);
    return null;
  }
  startAnywhere(model);
  seedRandom(learningRandom(model), seed, 0);
  seedRandom(samplingRandom(model), seed, 1);
  return model;
}
