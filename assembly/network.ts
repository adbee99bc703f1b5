/**
 * A network of sigmoid layers with a softmax on top, learned by backpropagation row by row: what a stack of products is
 * fine-tuned as. It is no family of experts; what it shares with their kernels has the same names and meanings, which
 * assembly/experts/rbm.ts explains.
 *
 *   create(sizes, sizeCount, options, blank)   sizes: i32 pairs (0, units), from the row to the classes; options: f64 in the
 *                                              order of pipeline/compose/network-options.ts; 0 without memory
 *   learn(model, row, label)                   one row of class `label`, 0 to n_L − 1; 0 when the row was refused
 *   learnMany(model, rows, labels, count)      the same in turn, labels as i32; rows learned before one was refused
 *   predict(model, row, out)                   shares of the classes, n_L values; 0 when refused
 *   transform(model, row, layer, out)          activations of hidden layer `layer`; 0 when refused
 *   places(model), placeCount(model)           counters, and of each layer weights, biases, their velocities and gradients
 */
import { createModel, releaseModel } from './network/create';
import { forward } from './network/forward';
import { learnRow } from './network/learn';
import { Model, layerAt, placeCountOf } from './network/model';
import { openWorkspace } from './network/workspace';

/** The first letters of the name, by which a host knows the kernel. */
export const family: i32 = 0x7774656e;

export { limit, staging } from './arena';
export { checksum } from './checksum';
export { magnitude } from './magnitude';

export function create(sizes: usize, sizeCount: i32, options: usize, blank: i32): usize {
  const model = createModel(sizes, sizeCount, options, blank != 0);
  return model ? changetype<usize>(model) : 0;
}

export function release(model: usize): void {
  releaseModel(changetype<Model>(model));
}

export function learn(model: usize, row: usize, label: i32): i32 {
  return i32(learnRow(changetype<Model>(model), row, label));
}

export function learnMany(model: usize, rows: usize, labels: usize, count: i32): i32 {
  const bytes = <usize>changetype<Model>(model).width << 2;
  for (let n = 0; n < count; n++) {
    const at = <usize>n;
    if (!learnRow(changetype<Model>(model), rows + at * bytes, load<i32>(labels + (at << 2)))) return n;
  }
  return count;
}

/** `out` = what comes out of layer `layer`. */
function answer(model: Model, row: usize, layer: i32, out: usize): i32 {
  openWorkspace(model);
  if (!forward(model, row, layer)) return 0;
  const asked = layerAt(model, layer);
  memory.copy(out, asked.output, <usize>asked.outputs << 2);
  return 1;
}

export function predict(model: usize, row: usize, out: usize): i32 {
  const network = changetype<Model>(model);
  return answer(network, row, network.layerCount - 1, out);
}

export function transform(model: usize, row: usize, layer: i32, out: usize): i32 {
  return answer(changetype<Model>(model), row, layer, out);
}

export function places(model: usize): usize {
  return changetype<Model>(model).places;
}

export function placeCount(model: usize): i32 {
  return placeCountOf(changetype<Model>(model));
}
