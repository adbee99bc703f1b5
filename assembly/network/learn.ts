// Backpropagation (Rumelhart, Hinton and Williams 1986): the gradient of the cross-entropy −log p(label | row), and one step
// against it for each row, or for each batch of rows.
import { axpy, dot } from '../products';
import { rateAfter } from '../schedule';
import { madd, splat } from '../simd';
import { clear } from '../vectors';
import { forward } from './forward';
import { Layer, Model, layerAt } from './model';
import { openWorkspace } from './workspace';

/** ∂ loss / ∂ input of the units of every layer, the top one first: p − 1 for the label, p for other classes. */
function backward(model: Model, label: i32): void {
  const top = layerAt(model, model.layerCount - 1), place = <usize>label << 2;
  memory.copy(top.delta, top.output, top.stride);
  store<f32>(top.delta + place, load<f32>(top.delta + place) - 1);
  for (let l = model.layerCount - 1; l > 0; l--) {
    const above = layerAt(model, l), layer = layerAt(model, l - 1);
    for (let j = 0; j < layer.outputs; j++) {
      const at = <usize>j << 2, share = load<f32>(layer.output + at);
      const sum = dot(above.weights + <usize>j * above.stride, above.delta, above.stride);
      store<f32>(layer.delta + at, sum * share * (1 - share));
    }
    for (let at = <usize>layer.outputs << 2; at < layer.stride; at += 4) store<f32>(layer.delta + at, 0);
  }
}

/** velocity = momentum · velocity + rate · gradient − decay · weights, and weights += velocity; without one the same at once. */
function move(
  weights: usize, velocity: usize, gradient: usize, bytes: usize, rate: f32, momentum: f32, decay: f32,
): void {
  const r = splat(rate), m = splat(momentum), d = splat(-decay);
  for (let at: usize = 0; at < bytes; at += 16) {
    const w = v128.load(weights + at);
    let step = madd(r, v128.load(gradient + at), f32x4.mul(d, w));
    if (velocity) {
      step = madd(m, v128.load(velocity + at), step);
      v128.store(velocity + at, step);
    }
    v128.store(weights + at, f32x4.add(w, step));
  }
}

/** One row of `velocity`, 0 where there is none. */
// @ts-ignore: decorator
@inline function rowOf(matrix: usize, i: i32, stride: usize): usize {
  return matrix ? matrix + <usize>i * stride : 0;
}

/** What only touches inputs that are not zero. */
function stepSparse(layer: Layer, rate: f32): void {
  for (let k = 0; k < layer.count; k++) {
    const at = <usize>k << 2, i = load<i32>(layer.list + at);
    axpy(-rate * load<f32>(layer.values + at), layer.delta, layer.weights + <usize>i * layer.stride, layer.stride);
  }
  axpy(-rate, layer.delta, layer.bias, layer.stride);
}

/** With momentum or weight decay every weight moves. Biases do not decay. */
function stepDense(layer: Layer, rate: f32, momentum: f32, decay: f32): void {
  const stride = layer.stride;
  for (let i = 0, k = 0; i < layer.inputs; i++) {
    const at = <usize>k << 2, isOn = k < layer.count && load<i32>(layer.list + at) == i;
    const value: f32 = isOn ? load<f32>(layer.values + at) : 0;
    if (isOn) k++;
    const row = <usize>i * stride;
    move(layer.weights + row, rowOf(layer.velocity, i, stride), layer.delta, stride, -rate * value, momentum, decay);
  }
  move(layer.bias, layer.biasVelocity, layer.delta, stride, -rate, momentum, 0);
}

/** Add the gradient of a row to the sums of its batch. */
function gather(layer: Layer): void {
  for (let k = 0; k < layer.count; k++) {
    const at = <usize>k << 2, i = load<i32>(layer.list + at);
    axpy(load<f32>(layer.values + at), layer.delta, layer.gradient + <usize>i * layer.stride, layer.stride);
  }
  axpy(1, layer.delta, layer.biasGradient, layer.stride);
}

/** A step along the sums of a full batch. */
function stepBatch(layer: Layer, rate: f32, momentum: f32, decay: f32): void {
  const stride = layer.stride;
  for (let i = 0; i < layer.inputs; i++) {
    const row = <usize>i * stride, gradient = layer.gradient + row;
    move(layer.weights + row, rowOf(layer.velocity, i, stride), gradient, stride, -rate, momentum, decay);
    clear(gradient, stride);
  }
  move(layer.bias, layer.biasVelocity, layer.biasGradient, stride, -rate, momentum, 0);
  clear(layer.biasGradient, stride);
}

/** Learn a row of this class; false, and nothing has changed, when it has an infinite value or the network has diverged. */
export function learnRow(model: Model, row: usize, label: i32): bool {
  openWorkspace(model);
  const top = layerAt(model, model.layerCount - 1);
  if (!forward(model, row, model.layerCount - 1)) return false;
  const share = load<f32>(top.output + (<usize>label << 2));
  if (share != share) return false;
  backward(model, label);
  const rate = rateAfter(model.learned, model.learningRate, model.learningRateDecay, model.learningRateFloor);
  const momentum = <f32>model.momentum, decay = <f32>(rate * model.weightDecay), batch = model.batch;
  const isDense = momentum > 0 || decay > 0, waits = batch > 1;
  model.learned++;
  if (waits) model.pending++;
  const isFull = waits && model.pending >= batch;
  for (let l = 0; l < model.layerCount; l++) {
    const layer = layerAt(model, l);
    if (waits) gather(layer);
    else if (isDense) stepDense(layer, <f32>rate, momentum, decay);
    else stepSparse(layer, <f32>rate);
    if (isFull) stepBatch(layer, <f32>(rate / batch), momentum, decay);
  }
  if (isFull) model.pending = 0;
  return true;
}
