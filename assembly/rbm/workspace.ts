// The working memory of one operation, in the scratch block that all models of the instance share.
//
//   | phases, one for the data and one a chain | vectors of D values | vectors of H values |
import { scratch } from '../arena';
import { Model } from './model';

/** One side of the contrast: the data (phase 0) or a chain. All but `weight` and the counts are addresses. */
@unmanaged
export class Phase {
  /** The visible vector (D). */
  state: usize;
  /** The visible vector with zeros for what the row lacks (D). */
  seen: usize;
  /** `seen` less the offsets (D). */
  centred: usize;
  /** Input of the visible units (D). */
  input: usize;
  /** p(h = 1 | seen) (H). */
  posterior: usize;
  /** p(h = 1 | state) (H), from which the chain goes on. */
  onward: usize;
  /** `posterior` less the offsets (H). */
  hidden: usize;
  /** What every row of W moves by along `centred`: weight × hidden (H). */
  steps: usize;
  /** The numbers of the hidden units that are on, as i32 (H). */
  active: usize;
  activeCount: i32;
  /** How many of the active rows stand in `input` already. */
  added: i32;
  /** Share of this phase in the update: η, or −η / chains. */
  weight: f32;
  /** 1 − centred·μ. */
  visibleShift: f32;
}

const VISIBLE_VECTORS: usize = 4;
const HIDDEN_VECTORS: usize = 4;

let workspace: usize = 0;
let presentVector: usize = 0;

// @ts-ignore: decorator
@inline export function phaseAt(index: i32): Phase {
  return changetype<Phase>(workspace + <usize>index * offsetof<Phase>());
}

/** Ones where the row has a value (D). */
// @ts-ignore: decorator
@inline export function present(): usize {
  return presentVector;
}

function workspaceBytes(model: Model): usize {
  const phases = <usize>model.chains + 1;
  const vectors = VISIBLE_VECTORS * model.stride + HIDDEN_VECTORS * model.hiddenBytes;
  return phases * (offsetof<Phase>() + vectors) + model.stride + 64;
}

/** Make sure that the block is large enough, so that no operation on the model has to ask for memory. */
export function reserveWorkspace(model: Model): bool {
  return scratch(workspaceBytes(model)) != 0;
}

/** Lay the workspace out for `model`. Phases keep nothing from one operation to the next. */
export function openWorkspace(model: Model): void {
  const stride = model.stride, hiddenBytes = model.hiddenBytes, phases = model.chains + 1;
  const filled = <usize>model.rows << 2;
  workspace = scratch(workspaceBytes(model));
  let at = (workspace + <usize>phases * offsetof<Phase>() + 15) & ~15;
  presentVector = at;
  at += stride;
  for (let r = 0; r < phases; r++) {
    const phase = phaseAt(r);
    phase.state = at;
    phase.seen = at + stride;
    phase.centred = at + 2 * stride;
    phase.input = at + 3 * stride;
    at += VISIBLE_VECTORS * stride;
    phase.posterior = at;
    phase.onward = at;
    phase.hidden = at + hiddenBytes;
    phase.steps = at + 2 * hiddenBytes;
    phase.active = at + 3 * hiddenBytes;
    at += HIDDEN_VECTORS * hiddenBytes;
    // Sums over whole vectors reach past the last row.
    memory.fill(phase.hidden + filled, 0, hiddenBytes - filled);
  }
}
