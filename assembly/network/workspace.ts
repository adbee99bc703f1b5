// The working memory of one operation, in the scratch block that all networks of the instance share.
//
//   | of each layer: numbers and values of the inputs that are not zero | output | delta |
import { scratch } from '../arena';
import { beginParts, partsEnd, takePart } from '../parts';
import { Model, layerAt } from './model';

function lay(model: Model, base: usize): void {
  beginParts(base);
  for (let l = 0; l < model.layerCount; l++) {
    const layer = layerAt(model, l), bytes = <usize>layer.inputs << 2;
    layer.list = takePart(bytes);
    layer.values = takePart(bytes);
    layer.output = takePart(layer.stride);
    layer.delta = takePart(layer.stride);
  }
}

/** Make sure that the block is large enough, so that no operation on the model has to ask for memory. */
export function reserveWorkspace(model: Model): bool {
  lay(model, 0);
  return scratch(partsEnd() + 64) != 0;
}

/** Lay the workspace out for `model`: it keeps nothing from one operation to the next. */
export function openWorkspace(model: Model): void {
  lay(model, 0);
  lay(model, (scratch(partsEnd() + 64) + 63) & ~63);
}
