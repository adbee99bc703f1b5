// Making a network: sizes from the caller, memory from the arena, small random weights.
import { allocate, release as free, scratch } from '../arena';
import { gaussians } from '../gaussian';
import { beginLayout, laidBytes, list, take, takeMatrix, takePlaces, takeVector } from '../layout';
import { seed as seedRandom } from '../random';
import { Layer, Model, OPTION_BYTES, layerAt, placeCountOf } from './model';
import { reserveWorkspace } from './workspace';

// @ts-ignore: decorator
@inline const RANDOM_BYTES: usize = 64;

function lay(model: Model, base: usize): usize {
  const moves = model.momentum > 0, waits = model.batch > 1;
  beginLayout(base);
  take(offsetof<Model>());
  const layers = take(<usize>model.layerCount * offsetof<Layer>());
  if (base) {
    memory.copy(layers, model.layers, <usize>model.layerCount * offsetof<Layer>());
    model.layers = layers;
  }
  model.places = takePlaces(placeCountOf(model));
  list(base + offsetof<Model>('learned'), 1, 2, 0);
  for (let l = 0; l < model.layerCount; l++) {
    const layer = layerAt(model, l), inputs = layer.inputs, outputs = layer.outputs, stride = layer.stride;
    layer.weights = takeMatrix(inputs, outputs, stride);
    layer.bias = takeVector(outputs, stride);
    layer.velocity = moves ? takeMatrix(inputs, outputs, stride) : list(0, 0, outputs, stride);
    layer.biasVelocity = moves ? takeVector(outputs, stride) : list(0, 0, outputs, 0);
    layer.gradient = waits ? takeMatrix(inputs, outputs, stride) : list(0, 0, outputs, stride);
    layer.biasGradient = waits ? takeVector(outputs, stride) : list(0, 0, outputs, 0);
  }
  return laidBytes();
}

/** Weights ~ N(0, weightScale² / inputs): what goes into a unit does not depend on how many inputs there are. */
function setStart(model: Model, random: usize): void {
  seedRandom(random, <u32>model.seed, 0);
  for (let l = 0; l < model.layerCount; l++) {
    const layer = layerAt(model, l), filled = <usize>layer.outputs << 2;
    const scale = <f32>(model.weightScale / Math.sqrt(<f64>layer.inputs));
    for (let i = 0; i < layer.inputs; i++) {
      const row = layer.weights + <usize>i * layer.stride;
      gaussians(random, row, layer.outputs, scale);
      memory.fill(row + filled, 0, layer.stride - filled);
    }
  }
}

/** Do its arrays stay below what 32 bits address? Of sizes that are each below 2²⁴. */
function fits(model: Model): bool {
  let bytes: f64 = 0;
  for (let l = 0; l < model.layerCount; l++) {
    const layer = layerAt(model, l);
    bytes += (3 * <f64>layer.inputs + 8) * <f64>layer.stride + 8 * <f64>layer.inputs;
  }
  return bytes < 4e9;
}

/** `sizes`: pairs of i32, the second of each the size of a layer of units; at least two. Null without memory. */
export function createModel(sizes: usize, sizeCount: i32, options: usize, blank: bool): Model | null {
  const layerCount = sizeCount - 1;
  const draftBytes = offsetof<Model>() + <usize>layerCount * offsetof<Layer>() + RANDOM_BYTES;
  const draft = changetype<Model>(scratch(draftBytes));
  if (changetype<usize>(draft) == 0) return null;
  memory.fill(changetype<usize>(draft), 0, draftBytes);
  memory.copy(changetype<usize>(draft), options, OPTION_BYTES);
  draft.layerCount = layerCount;
  draft.layers = changetype<usize>(draft) + offsetof<Model>();
  for (let l = 0; l < layerCount; l++) {
    const layer = layerAt(draft, l);
    layer.inputs = load<i32>(sizes + (<usize>l << 3), 4);
    layer.outputs = load<i32>(sizes + (<usize>l << 3), 12);
    layer.stride = ((<usize>layer.outputs << 2) + 31) & ~31;
  }
  draft.width = layerAt(draft, 0).inputs;
  draft.classes = layerAt(draft, layerCount - 1).outputs;
  if (!fits(draft)) return null;

  const slot = allocate(lay(draft, 0));
  if (slot == 0) return null;
  memory.copy(slot, changetype<usize>(draft), offsetof<Model>());
  const model = changetype<Model>(slot);
  lay(model, slot);
  if (!reserveWorkspace(model)) {
    free(slot);
    return null;
  }
  if (!blank) setStart(model, scratch(RANDOM_BYTES));
  return model;
}

export function releaseModel(model: Model): void {
  free(changetype<usize>(model));
}
