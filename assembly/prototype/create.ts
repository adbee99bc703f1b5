// Making a model: sizes from options and groups, memory from the arena, the fields that every expert looks at.
import { allocate, scratch } from '../arena';
import { beginLayout, laidBytes, list, take, takeMatrix, takePlaces, takeVector } from '../layout';
import { seed as seedRandom, uniform1 } from '../random';
import { Model, OPTION_BYTES, PLACES, learningRandom, samplingRandom } from './model';
import { VIEWS } from './views';

function lay(model: Model, base: usize): usize {
  const D = model.width, E = model.experts, K = model.looked;
  beginLayout(base);
  take(offsetof<Model>());
  model.places = takePlaces(PLACES);

  model.centres = takeMatrix(E * K, model.room, model.lineBytes);
  model.counts = takeVector(E, <usize>E << 2);
  // Where every expert looks at every field the list says nothing and is not kept.
  model.fields = list(take(<usize>(E * K) << 2), K < D ? E : 0, K, <usize>K << 2);
  model.scales = takeMatrix(VIEWS, D, model.rowBytes);
  model.moments = takeMatrix(3, D, <usize>D << 3);
  model.reservoir = takeMatrix(D, model.reservoirRows, model.reservoirBytes);
  model.present = takeMatrix(D, <i32>(model.presentBytes >> 2), model.presentBytes);
  model.random = takeMatrix(2, 16, 64);
  list(base + offsetof<Model>('seen'), 1, 3, 0);
  return laidBytes();
}

/** K of D fields for every expert, each set of K equally likely (selection sampling: Fan, Muller and Rezucha 1962). */
function drawFields(model: Model, random: usize): void {
  let at = model.fields;
  for (let e = 0; e < model.experts; e++) {
    let needed = model.looked;
    for (let f = 0; f < model.width; f++) {
      const left = model.width - f;
      if (<f64>uniform1(random) * left >= <f64>needed) continue;
      store<i32>(at, f);
      at += 4;
      needed--;
    }
  }
}

function listFields(model: Model): void {
  for (let e = 0, at = model.fields; e < model.experts; e++) {
    for (let f = 0; f < model.width; f++, at += 4) store<i32>(at, f);
  }
}

/** Sizes are 32-bit sums from here on: refuse, in f64, what would overflow them. */
function fits(model: Model): bool {
  const D = <f64>model.width, E = <f64>model.experts, K = <f64>model.looked, line = <f64>model.lineBytes;
  const arrays = E * K * (line + 4) + D * (<f64>model.reservoirBytes + <f64>model.presentBytes + 128 + VIEWS * 4) + E * 16;
  const workspace = (K + 5) * line + D * (4 * E + 64 + VIEWS * 4);
  return arrays + workspace < 4e9;
}

/** A new model in the arena, or null when there is no memory for it. */
export function createModel(groups: usize, groupCount: i32, options: usize): Model | null {
  const draft = changetype<Model>(scratch(offsetof<Model>()));
  if (changetype<usize>(draft) == 0) return null;
  memory.fill(changetype<usize>(draft), 0, offsetof<Model>());
  memory.copy(changetype<usize>(draft), options, OPTION_BYTES);
  for (let i = 0; i < groupCount; i++) draft.width += load<i32>(groups + (<usize>i << 3), 4);
  draft.experts = <i32>draft.expertCount;
  draft.room = <i32>draft.centreCount;
  draft.reservoirRows = <i32>draft.reservoirCount;
  draft.looked = max(1, <i32>Math.round(draft.fieldShare * <f64>draft.width));
  draft.rowBytes = ((<usize>draft.width << 2) + 15) & ~15;
  draft.lineBytes = ((<usize>draft.room << 2) + 15) & ~15;
  draft.expertBytes = <usize>draft.looked * draft.lineBytes;
  // Not a multiple of 4096, where the values of one row would compete for the same cache set.
  draft.reservoirBytes = ((<usize>draft.reservoirRows << 2) + 15 & ~15) + 64;
  draft.presentBytes = (<usize>(draft.reservoirRows + 31) >> 5) << 2;

  if (!fits(draft)) return null;
  const slot = allocate(lay(draft, 0));
  if (slot == 0) return null;
  memory.copy(slot, changetype<usize>(draft), offsetof<Model>());
  const model = changetype<Model>(slot);
  lay(model, slot);
  const seed = <u32>model.seed;
  // The third stream is used up here; its state is kept nowhere.
  seedRandom(samplingRandom(model), seed, 2);
  if (model.looked < model.width) drawFields(model, samplingRandom(model));
  else listFields(model);
  seedRandom(learningRandom(model), seed, 0);
  seedRandom(samplingRandom(model), seed, 1);
  return model;
}
