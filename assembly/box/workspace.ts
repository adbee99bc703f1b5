// The working memory of one operation, in the scratch block that all models of the instance share.
import { scratch } from '../arena';
import { beginParts, partsEnd, takePart } from '../parts';
import { exp4, log4, splat } from '../simd';
import { Model, highOf, lowOf, rowOf } from './model';

/** What is known about one row: its values, which of them are there, and what the experts make of it. */
@unmanaged
export class Seen {
  /** Values within the box, 0 where one is missing (D). */
  values: usize;
  /** All bits where there is a value, none where it is missing, and in the padding (D). */
  mask: usize;
  /** a_m, the log-odds of the Gaussian, and r_m = σ(a_m), its probability (M). */
  activations: usize;
  shares: usize;
  /** Mean and variance of each expert's factor, if the Gaussian is what it was (M). */
  factorMeans: usize;
  factorVariances: usize;
}

/** The addresses of the parts. */
@unmanaged
export class Workspace {
  /** 1 / σ² (M, D). */
  precisions: usize;
  /** log(w² / 2π) with w the width of the box (D). */
  logScales: usize;
  /** The least and the most that log-variances may be (D). */
  least: usize;
  most: usize;
  /** Precision and precision × (mean − lower wall) of the Gaussians that were chosen (D). */
  precision: usize;
  linear: usize;
  /** Numbers drawn for the values (D) and for the experts (M). */
  noise: usize;
  drawn: usize;
  /** A state that is moved (D). */
  state: usize;
  /** One value given the others: constants, precisions and means of the experts (M), and the best of their means. */
  constants: usize;
  curvatures: usize;
  centres: usize;
  ranked: usize;
}

let parts: Workspace = changetype<Workspace>(0);
let positive: Seen = changetype<Seen>(0);
let negative: Seen = changetype<Seen>(0);

// @ts-ignore: decorator
@inline export function workspace(): Workspace {
  return parts;
}

/** The row. */
// @ts-ignore: decorator
@inline export function data(): Seen {
  return positive;
}

/** Its reconstruction, or the chain that stands for it. */
// @ts-ignore: decorator
@inline export function reconstruction(): Seen {
  return negative;
}

function laySeen(seen: Seen, model: Model, place: bool): void {
  const row = model.rowBytes, experts = model.expertBytes;
  const values = takePart(row), mask = takePart(row), activations = takePart(experts), shares = takePart(experts);
  const factorMeans = takePart(experts), factorVariances = takePart(experts);
  if (!place) return;
  seen.values = values;
  seen.mask = mask;
  seen.activations = activations;
  seen.shares = shares;
  seen.factorMeans = factorMeans;
  seen.factorVariances = factorVariances;
}

/** Lay the parts out from `base` on, and enter them unless only their size is wanted; the bytes they take. */
function lay(model: Model, base: usize, place: bool): usize {
  const row = model.rowBytes, experts = model.expertBytes;
  beginParts(base);
  const own = takePart(offsetof<Workspace>()), first = takePart(offsetof<Seen>()), second = takePart(offsetof<Seen>());
  if (place) {
    parts = changetype<Workspace>(own);
    positive = changetype<Seen>(first);
    negative = changetype<Seen>(second);
  }
  laySeen(positive, model, place);
  laySeen(negative, model, place);
  const precisions = takePart(<usize>model.experts * row), logScales = takePart(row), least = takePart(row), most = takePart(row);
  const precision = takePart(row), linear = takePart(row), noise = takePart(row + 16), drawn = takePart(experts), state = takePart(row);
  const constants = takePart(experts), curvatures = takePart(experts), centres = takePart(experts), ranked = takePart(experts);
  if (place) {
    parts.precisions = precisions;
    parts.logScales = logScales;
    parts.least = least;
    parts.most = most;
    parts.precision = precision;
    parts.linear = linear;
    parts.noise = noise;
    parts.drawn = drawn;
    parts.state = state;
    parts.constants = constants;
    parts.curvatures = curvatures;
    parts.centres = centres;
    parts.ranked = ranked;
  }
  return partsEnd() - base;
}

/** Make sure that the block is large enough, so that no operation on the model has to ask for memory. */
export function reserveWorkspace(model: Model): bool {
  return scratch(lay(model, 0, false)) != 0;
}

/** 1 / (2π). */
const INVERSE_TAU: f32 = 0.15915494309189535;

/** Lay the workspace out for `model`, with the precisions of its experts. It keeps nothing to the next operation. */
export function openWorkspace(model: Model): void {
  lay(model, scratch(lay(model, 0, false)), true);
  const low = lowOf(model), high = highOf(model), out = parts.logScales, tau = splat(INVERSE_TAU), two = splat(2);
  for (let at: usize = 0; at < model.rowBytes; at += 16) {
    const width = f32x4.sub(v128.load(high + at), v128.load(low + at));
    v128.store(out + at, f32x4.add(f32x4.mul(two, log4(width)), log4(tau)));
  }
  findPrecisions(model);
}

/** 1 / σ² of every expert, as its log-variances are. */
export function findPrecisions(model: Model): void {
  const bytes = <usize>model.experts * model.rowBytes;
  for (let at: usize = 0; at < bytes; at += 16) {
    v128.store(parts.precisions + at, exp4(f32x4.neg(v128.load(model.logVariances + at))));
  }
}

// @ts-ignore: decorator
@inline export function precisionsOf(model: Model, expert: i32): usize {
  return rowOf(model, parts.precisions, expert);
}
