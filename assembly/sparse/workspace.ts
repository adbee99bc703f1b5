// The working memory of one operation, in the scratch block that all models of the instance share.
//
//   | visible states of the data and of a chain | slots | lists of units | vectors of H values | logits of one group |
import { scratch } from '../arena';
import { MOST, Model } from './model';

/** Which units are on, by their numbers among all units, i32. What the row lacks is in neither list. */
@unmanaged
export class Visible {
  /** The state of each slot, one for every present group of states, and room for a vector behind them. */
  choices: usize;
  /** MOST places for every set; `counts` of them are taken. */
  members: usize;
  counts: usize;
}

/** Units of set `index`. */
// @ts-ignore: decorator
@inline export function membersOf(visible: Visible, index: i32): usize {
  return visible.members + (<usize>(index * MOST) << 2);
}

// @ts-ignore: decorator
@inline export function countOf(visible: Visible, index: i32): i32 {
  return load<i32>(visible.counts + (<usize>index << 2));
}

// @ts-ignore: decorator
@inline export function setCountOf(visible: Visible, index: i32, count: i32): void {
  store<i32>(visible.counts + (<usize>index << 2), count);
}

let visibleBlock: usize = 0;
/** The number of slots: groups of states that the row has. */
export let slotCount: i32 = 0;
/** The first unit of each slot's group, i32, and its size, f32; 0 and 1 in the vector behind the last one. */
export let slotFirsts: usize = 0;
export let slotSizes: usize = 0;
/** Where they stand when some of the groups are missing. */
let someFirsts: usize = 0;
let someSizes: usize = 0;

/** Every group of states has a slot. */
export function takeAllSlots(model: Model): void {
  slotFirsts = model.choiceFirsts;
  slotSizes = model.choiceSizes;
  slotCount = model.groupCount - model.setCount;
}

export function takeNoSlots(): void {
  slotFirsts = someFirsts;
  slotSizes = someSizes;
  slotCount = 0;
}

/** The next slot is for a group; returns its number in bytes. */
export function takeSlot(first: i32, size: i32): usize {
  const at = <usize>slotCount << 2;
  store<i32>(slotFirsts + at, first);
  store<f32>(slotSizes + at, <f32>size);
  slotCount++;
  return at;
}

/** Fill up the last vector: groups of one state, the very first unit. */
export function padSlots(visible: Visible): void {
  const at = <usize>slotCount << 2;
  v128.store(visible.choices + at, i32x4.splat(0));
  if (slotFirsts != someFirsts) return;
  v128.store(slotFirsts + at, i32x4.splat(0));
  v128.store(slotSizes + at, f32x4.splat(1));
}

/** Addresses of the rows of weights that are added up, u32. */
export let activeRows: usize = 0;
/** Units that are on in the data and in the chain, in the data alone, and in the chain alone: i32. */
export let kept: usize = 0;
export let left: usize = 0;
export let entered: usize = 0;
/** Units that are proposed in place of others, i32. */
export let offered: usize = 0;
/** A(v), the input of the hidden units (H). */
export let input: usize = 0;
/** p(h = 1 | v) of the data, and of the chain (H). */
export let posterior: usize = 0;
export let onward: usize = 0;
/** Binary hidden units; other things between operations (H). */
export let state: usize = 0;
/** What the rows of kept, left and entered units move by (H). */
export let keptStep: usize = 0;
export let leftStep: usize = 0;
export let enteredStep: usize = 0;
/** a_k of the members of a set. */
export let supports: usize = 0;
/** How many rows had each group, f64 (G). */
export let present: usize = 0;
/** One number for every unit of a group, and room for eight more. */
export let logits: usize = 0;

/** What was read from the row. */
// @ts-ignore: decorator
@inline export function data(): Visible {
  return changetype<Visible>(visibleBlock);
}

/** What a chain holds. */
// @ts-ignore: decorator
@inline export function chain(): Visible {
  return changetype<Visible>(visibleBlock + offsetof<Visible>());
}

const HIDDEN_VECTORS: usize = 7;
/** Of as many numbers as units may be on: two visible states have one each. */
const LISTS: usize = 9;

/** Bytes of `count` numbers of four bytes, and room for a vector behind the last one. */
function listBytes(count: i32): usize {
  return <usize>(count + 7) << 2 & ~15;
}

function workspaceBytes(model: Model): usize {
  const lists = LISTS * (listBytes(model.width) + 16) + listBytes(MOST) + listBytes(model.widest + 8);
  const groups = 2 * (<usize>model.setCount << 2) + (<usize>model.groupCount << 3);
  return 2 * offsetof<Visible>() + lists + groups + HIDDEN_VECTORS * model.stride + 128;
}

/** Make sure that the block is large enough, so that no operation on the model has to ask for memory. */
export function reserveWorkspace(model: Model): bool {
  return scratch(workspaceBytes(model)) != 0;
}

let next: usize = 0;

function takeBytes(bytes: usize): usize {
  const at = next;
  next = (at + bytes + 15) & ~15;
  return at;
}

/** Lay the workspace out for `model`; nothing in it is kept from one operation to the next. */
export function openWorkspace(model: Model): void {
  const slots = listBytes(model.groupCount - model.setCount), bytes = listBytes(model.width) + 16;
  const stride = model.stride;
  visibleBlock = scratch(workspaceBytes(model));
  next = visibleBlock;
  takeBytes(2 * offsetof<Visible>());
  for (let v = 0; v < 2; v++) {
    const visible = v == 0 ? data() : chain();
    visible.choices = takeBytes(bytes);
    visible.members = visible.choices + slots;
    visible.counts = takeBytes(<usize>model.setCount << 2);
  }
  someFirsts = takeBytes(bytes);
  someSizes = takeBytes(bytes);
  activeRows = takeBytes(bytes);
  kept = takeBytes(bytes);
  left = takeBytes(bytes);
  entered = takeBytes(bytes);
  offered = takeBytes(bytes);
  supports = takeBytes(listBytes(MOST));
  present = takeBytes(<usize>model.groupCount << 3);
  next = (next + 63) & ~63;
  input = takeBytes(stride);
  posterior = takeBytes(stride);
  onward = takeBytes(stride);
  state = takeBytes(stride);
  keptStep = takeBytes(stride);
  leftStep = takeBytes(stride);
  enteredStep = takeBytes(stride);
  logits = next;
}
