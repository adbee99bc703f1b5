// Making a model: sizes from options and groups, memory from the arena, vague experts all over the box.
import { allocate, release, scratch } from '../arena';
import { beginLayout, laidBytes, list, take, takeMatrix, takePlaces, takeVector } from '../layout';
import { seed as seedRandom } from '../random';
import { FACTOR_OPTION_BYTES, Model, OPTION_BYTES, PLACES, learningRandom, samplingRandom } from './model';
import { startInDefaultBox } from './start';
import { reserveWorkspace } from './workspace';

/** A matrix with a row for each expert, entered in the table but absent unless `present`. */
function takeExperts(model: Model, present: bool): usize {
  if (present) return takeMatrix(model.experts, model.width, model.rowBytes);
  return list(0, 0, model.width, model.rowBytes);
}

function lay(model: Model, base: usize): usize {
  const D = model.width, M = model.experts, P = model.chainCount, batches = model.batchSize > 1;
  beginLayout(base);
  take(offsetof<Model>());
  model.places = takePlaces(PLACES);

  model.means = takeExperts(model, true);
  model.logVariances = takeExperts(model, true);
  model.loadings = takeExperts(model, model.factors);
  model.gates = takeVector(M, model.expertBytes);
  model.box = takeMatrix(3, D, model.rowBytes);
  model.chains = P > 0 ? takeMatrix(P, D, model.rowBytes) : list(0, 0, D, model.rowBytes);
  model.meanSums = takeExperts(model, batches);
  model.logVarianceSums = takeExperts(model, batches);
  model.loadingSums = takeExperts(model, batches && model.factors);
  model.gateSums = batches ? takeVector(M, model.expertBytes) : list(0, 0, M, 0);
  model.random = takeMatrix(2, 16, 64);
  list(base + offsetof<Model>('learned'), 1, 4, 0);
  return laidBytes();
}

/** Sizes are 32-bit sums from here on: refuse, in f64, what would overflow them. */
function fits(model: Model): bool {
  const row = <f64>model.rowBytes, M = <f64>model.experts;
  return row * (8 * M + <f64>model.chainCount + 32) + M * 256 < 4e9;
}

/** A new model in the arena, 0 when there is no memory for it. */
export function createModel(groups: usize, groupCount: i32, options: usize, factors: bool): usize {
  const draft = changetype<Model>(scratch(offsetof<Model>()));
  if (changetype<usize>(draft) == 0) return 0;
  memory.fill(changetype<usize>(draft), 0, offsetof<Model>());
  memory.copy(changetype<usize>(draft), options, factors ? FACTOR_OPTION_BYTES : OPTION_BYTES);
  for (let i = 0; i < groupCount; i++) draft.width += load<i32>(groups + (<usize>i << 3), 4);
  draft.factors = factors;
  draft.experts = <i32>draft.expertCount;
  draft.chainCount = <i32>draft.persistentChains;
  draft.rowBytes = ((<usize>draft.width << 2) + 15) & ~15;
  draft.expertBytes = ((<usize>draft.experts << 2) + 15) & ~15;

  if (!fits(draft)) return 0;
  const slot = allocate(lay(draft, 0));
  if (slot == 0) return 0;
  memory.copy(slot, changetype<usize>(draft), offsetof<Model>());
  const model = changetype<Model>(slot);
  if (!reserveWorkspace(model)) {
    release(slot);
    return 0;
  }
  lay(model, slot);
  seedRandom(learningRandom(model), <u32>model.seed, 0);
  seedRandom(samplingRandom(model), <u32>model.seed, 1);
  startInDefaultBox(model);
  return slot;
}
