// The working memory of one operation, in the scratch block that all models of the instance share: what the recursions
// leave behind for every step of one window, and rows.
import { scratch } from '../arena';
import { Model } from './model';

/** exp of the initial and of the transition probabilities of the window at work, (K, M) and (K, K, M). */
export let initial: usize = 0;
export let transition: usize = 0;
/** 1 / σ² of its channels (C, K, M). */
export let precision: usize = 0;
// For every step an array of (K, M):
/** α̂: p(state | past and present). */
export let forward: usize = 0;
/** b(o) of the states, divided by the largest of them. */
export let likelihood: usize = 0;
/** β̂: how much likelier the future is for the state than on average. */
export let backward: usize = 0;
/** b β̂ / c of the next step, which β̂ and the counts of transitions are made of. */
export let onward: usize = 0;
/** Where each expert is: one in one of its states. */
export let path: usize = 0;
/** For every step and expert, c: how likely the step is, given the past, in units of the largest b. */
export let scale: usize = 0;
/** One array of (K, M). */
export let weights: usize = 0;
/** Σ log p of every expert, f64 (M). */
export let total: usize = 0;
/** Log-probabilities of the symbols, and room for three more. */
export let logits: usize = 0;
/** Two rows, and two normally distributed numbers. */
export let row: usize = 0;
export let other: usize = 0;
export let noise: usize = 0;

/** In f64: it may be too much. */
function workspaceBytes(model: Model): f64 {
  const tables = <f64>model.stateBytes * (2 + <f64>model.states + <f64>model.widest);
  const perStep = 5 * <f64>model.stateBytes + <f64>model.lanes;
  return tables + <f64>model.steps * perStep + 3 * <f64>model.lanes + 4 * <f64>model.symbols + 8 * <f64>model.width + 256;
}

/** Make sure that the block is large enough, so that no operation on the model has to ask for memory. */
export function reserveWorkspace(model: Model): bool {
  const bytes = workspaceBytes(model);
  return bytes < 4e9 && scratch(<usize>bytes) != 0;
}

/** Lay the workspace out for `model`; nothing in it is kept from one operation to the next. */
export function openWorkspace(model: Model): void {
  const bytes = model.stateBytes, perWindow = <usize>model.steps * bytes;
  initial = scratch(<usize>workspaceBytes(model));
  transition = initial + bytes;
  precision = transition + <usize>model.states * bytes;
  forward = precision + <usize>model.widest * bytes;
  likelihood = forward + perWindow;
  backward = likelihood + perWindow;
  onward = backward + perWindow;
  path = onward + perWindow;
  scale = path + perWindow;
  weights = scale + <usize>model.steps * model.lanes;
  total = weights + bytes;
  logits = total + 2 * model.lanes;
  row = (logits + (<usize>model.symbols << 2) + 31) & ~15;
  other = (row + (<usize>model.width << 2) + 31) & ~15;
  noise = (other + (<usize>model.width << 2) + 31) & ~15;
}

/** Address of a step in an array of them. */
// @ts-ignore: decorator
@inline export function stepOf(model: Model, array: usize, step: i32): usize {
  return array + <usize>step * model.stateBytes;
}
