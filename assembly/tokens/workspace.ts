// The working memory of one operation, in the scratch block that all models of the instance share.
//
//   | texts (one set of tokens for every group) | vectors of H values | logits of one group |
import { scratch } from '../arena';
import { Model } from './model';

/** A text: the tokens of all groups, by their numbers among all groups, i32. */
@unmanaged
export class Text {
  /** Where the tokens stand, those of a group one after the other. */
  tokens: usize;
  /** i32, G + 1: which of them is the first of each group, and where the last group ends. */
  starts: usize;
}

/** n. */
// @ts-ignore: decorator
@inline export function lengthOf(model: Model, text: Text): i32 {
  return startOf(text, model.groupCount);
}

// @ts-ignore: decorator
@inline export function startOf(text: Text, group: i32): i32 {
  return load<i32>(text.starts + (<usize>group << 2));
}

// @ts-ignore: decorator
@inline export function tokenOf(text: Text, index: i32): i32 {
  return load<i32>(text.tokens + (<usize>index << 2));
}

let textBlock: usize = 0;
/** A(v), the input of the hidden units (H). */
export let input: usize = 0;
/** p(h = 1 | v) of the data, and of the chain (H). */
export let posterior: usize = 0;
export let onward: usize = 0;
/** Binary hidden units; other things between operations (H). */
export let state: usize = 0;
/** Log-probabilities of the tokens of one group, and room for three values more. */
export let logits: usize = 0;

/** The text that was read. */
// @ts-ignore: decorator
@inline export function data(): Text {
  return changetype<Text>(textBlock);
}

/** The text that a chain holds. */
// @ts-ignore: decorator
@inline export function chain(): Text {
  return changetype<Text>(textBlock + offsetof<Text>());
}

const HIDDEN_VECTORS: usize = 4;

function textBytes(model: Model): usize {
  return ((<usize>model.width + <usize>model.groupCount + 1) << 2) + offsetof<Text>();
}

function workspaceBytes(model: Model): usize {
  return 2 * textBytes(model) + HIDDEN_VECTORS * model.stride + (<usize>model.widest << 2) + 64;
}

/** Make sure that the block is large enough, so that no operation on the model has to ask for memory. */
export function reserveWorkspace(model: Model): bool {
  return scratch(workspaceBytes(model)) != 0;
}

/** Lay the workspace out for `model`; nothing in it is kept from one operation to the next. */
export function openWorkspace(model: Model): void {
  textBlock = scratch(workspaceBytes(model));
  let at = textBlock + 2 * offsetof<Text>();
  for (let t = 0; t < 2; t++) {
    const text = changetype<Text>(textBlock + <usize>t * offsetof<Text>());
    text.starts = at;
    at += (<usize>model.groupCount + 1) << 2;
    text.tokens = at;
    at += <usize>model.width << 2;
  }
  at = (at + 15) & ~15;
  input = at;
  posterior = at + model.stride;
  onward = at + 2 * model.stride;
  state = at + 3 * model.stride;
  logits = at + HIDDEN_VECTORS * model.stride;
}
