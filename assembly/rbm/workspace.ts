// The working memory of one operation, in the scratch block that all models of the instance share: two steps, the one that
// is taken and, in bulk, the one that comes next.
//
//   | step | its phases, one for the data and one a chain | vectors of D values | vectors of H values | next step … |
import { scratch } from '../arena';
import { Model } from './model';

/** One update from one row. */
@unmanaged
export class Step {
  /** Ones where the row has a value (D); only written for rows with gaps. */
  present: usize;
  /** Has the row gaps? */
  partial: i32;
}

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
  /** Of a layer with real units: room for another sum (D). See `deviations.ts`. */
  pairs: usize;
  /** p(h = 1 | seen) (H). */
  posterior: usize;
  /** p(h = 1 | state) (H), from which the chain goes on. */
  onward: usize;
  /** `posterior` less the offsets (H). */
  hidden: usize;
  /** What every row of W moves by along `centred`: weight × hidden (H). */
  steps: usize;
  /** The numbers of the hidden units that are on, as i32 (H), each as often as replicas of it are. */
  active: usize;
  activeCount: i32;
  /** How many of the active rows stand in `input` already. */
  added: i32;
  /** Share of this phase in the update: η, or −η / chains. */
  weight: f32;
  /** 1 − centred·μ. */
  visibleShift: f32;
  // Where vectors of the workspace itself stand: those of chains may stand in the model, or be the same one.
  ownSeen: usize;
  ownCentred: usize;
  ownPosterior: usize;
}

const VISIBLE_VECTORS: usize = 5;
/** Without the lists of active units, which are as long as all replicas. */
const HIDDEN_VECTORS: usize = 3;

let currentStep: usize = 0;
let comingStep: usize = 0;

// @ts-ignore: decorator
@inline export function step(): Step {
  return changetype<Step>(currentStep);
}

// @ts-ignore: decorator
@inline function phaseOf(step: usize, index: i32): Phase {
  return changetype<Phase>(step + offsetof<Step>() + <usize>index * offsetof<Phase>());
}

// @ts-ignore: decorator
@inline export function phaseAt(index: i32): Phase {
  return phaseOf(currentStep, index);
}

/** A phase of the step that comes next. */
// @ts-ignore: decorator
@inline export function comingPhaseAt(index: i32): Phase {
  return phaseOf(comingStep, index);
}

/** The step that comes next becomes the one that is taken, and the other way round. */
// @ts-ignore: decorator
@inline export function swapSteps(): void {
  const taken = currentStep;
  currentStep = comingStep;
  comingStep = taken;
}

/** Ones where the row has a value (D). */
// @ts-ignore: decorator
@inline export function present(): usize {
  return step().present;
}

function headBytes(model: Model): usize {
  return (offsetof<Step>() + <usize>(model.chains + 1) * offsetof<Phase>() + 15) & ~15;
}

function hiddenVectors(model: Model): usize {
  return HIDDEN_VECTORS + <usize>model.replicas;
}

function stepBytes(model: Model): usize {
  const vectors = VISIBLE_VECTORS * model.stride + hiddenVectors(model) * model.hiddenBytes;
  return headBytes(model) + model.stride + <usize>(model.chains + 1) * vectors;
}

function workspaceBytes(model: Model): usize {
  return 2 * stepBytes(model) + 64;
}

/** Make sure that the block is large enough, so that no operation on the model has to ask for memory. */
export function reserveWorkspace(model: Model): bool {
  return scratch(workspaceBytes(model)) != 0;
}

function layStep(model: Model, base: usize): void {
  const stride = model.stride, hiddenBytes = model.hiddenBytes, filled = <usize>model.rows << 2;
  let at = base + headBytes(model);
  changetype<Step>(base).present = at;
  at += stride;
  for (let r = 0; r <= model.chains; r++) {
    const phase = phaseOf(base, r);
    phase.state = at;
    phase.seen = phase.ownSeen = at + stride;
    phase.centred = phase.ownCentred = at + 2 * stride;
    phase.input = at + 3 * stride;
    phase.pairs = at + 4 * stride;
    at += VISIBLE_VECTORS * stride;
    phase.posterior = phase.ownPosterior = at;
    phase.onward = at;
    phase.hidden = at + hiddenBytes;
    phase.steps = at + 2 * hiddenBytes;
    phase.active = at + 3 * hiddenBytes;
    at += hiddenVectors(model) * hiddenBytes;
    // Sums over whole vectors reach past the last row.
    for (let fill = filled; fill < hiddenBytes; fill += 4) store<f32>(phase.hidden + fill, 0);
  }
}

/** Lay the workspace out for `model`. Phases keep nothing from one operation to the next. */
export function openWorkspace(model: Model): void {
  currentStep = (scratch(workspaceBytes(model)) + 15) & ~15;
  layStep(model, currentStep);
}

/** The same for two steps in turn. */
export function openBulkWorkspace(model: Model): void {
  openWorkspace(model);
  comingStep = currentStep + stepBytes(model);
  layStep(model, comingStep);
}
