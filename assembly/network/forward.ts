// From a row to the activations of all layers: sigmoid units, and shares of the classes on top.
import { softmax } from '../logsum';
import { axpy, axpy4 } from '../products';
import { sigmoids } from '../simd';
import { copy } from '../vectors';
import { Layer, Model, layerAt } from './model';

/** Enter an input, unless it is zero. */
// @ts-ignore: decorator
@inline function enter(layer: Layer, number: i32, value: f32): void {
  if (value == 0) return;
  const at = <usize>layer.count << 2;
  store<i32>(layer.list + at, number);
  store<f32>(layer.values + at, value);
  layer.count++;
}

/** The inputs of the bottom layer; missing values count as zero. False when a value is infinite. */
function readRow(layer: Layer, row: usize): bool {
  layer.count = 0;
  for (let i = 0; i < layer.inputs; i++) {
    const value = load<f32>(row + (<usize>i << 2));
    if (value != value) continue;
    if (!(Mathf.abs(value) < Infinity)) return false;
    enter(layer, i, value);
  }
  return true;
}

function readOutput(layer: Layer, below: usize): void {
  layer.count = 0;
  for (let i = 0; i < layer.inputs; i++) enter(layer, i, load<f32>(below + (<usize>i << 2)));
}

// @ts-ignore: decorator
@inline function rowAt(layer: Layer, k: i32): usize {
  return layer.weights + <usize>load<i32>(layer.list + (<usize>k << 2)) * layer.stride;
}

// @ts-ignore: decorator
@inline function valueAt(layer: Layer, k: i32): f32 {
  return load<f32>(layer.values + (<usize>k << 2));
}

/** `output` = bias + Σ value · row, four inputs at a time. */
function drive(layer: Layer): void {
  const out = layer.output, stride = layer.stride, count = layer.count;
  copy(layer.bias, out, stride);
  let k = 0;
  for (; k + 4 <= count; k += 4) {
    axpy4(
      valueAt(layer, k), valueAt(layer, k + 1), valueAt(layer, k + 2), valueAt(layer, k + 3),
      rowAt(layer, k), rowAt(layer, k + 1), rowAt(layer, k + 2), rowAt(layer, k + 3), out, stride,
    );
  }
  for (; k < count; k++) axpy(valueAt(layer, k), rowAt(layer, k), out, stride);
}

/** The activations of the layers up to `last`; false when the row has an infinite value. In an open workspace. */
export function forward(model: Model, row: usize, last: i32): bool {
  if (!readRow(layerAt(model, 0), row)) return false;
  for (let l = 0; l <= last; l++) {
    const layer = layerAt(model, l), out = layer.output, filled = <usize>layer.outputs << 2;
    if (l > 0) readOutput(layer, layerAt(model, l - 1).output);
    drive(layer);
    if (l == model.layerCount - 1) softmax(out, layer.outputs);
    else sigmoids(out, out, layer.stride);
    // Sigmoids of what only fills up are ½.
    for (let at = filled; at < layer.stride; at += 4) store<f32>(out + at, 0);
  }
  return true;
}
