// The working memory of one operation, in the scratch block that all models of the instance share.
import { scratch } from '../arena';
import { Model } from './model';

/** The addresses of the parts; f64 unless said otherwise. */
@unmanaged
export class Workspace {
  /** The row, with something for what it lacks (D), and its number of bytes that say what that is, 1 for a gap (D). */
  values: usize;
  gaps: usize;
  /** A (v − μ) of the row (H). */
  residual: usize;
  /** A chain, or the end of one, and its residual. */
  chain: usize;
  chainResidual: usize;
  /** A factor of K, lower triangle (H, H), and a vector beside it (H). */
  factor: usize;
  solution: usize;
  /** Differences of both phases: of b, t (D), μ (M, D) and A (D, M, room). */
  baseMeanSums: usize;
  baseRootSums: usize;
  meanSums: usize;
  rootSums: usize;
  /** Normally distributed numbers, f32 (D or H, the larger, and two more). */
  noise: usize;
  /** A generator for what does not belong to the stream of the model (64 bytes). */
  random: usize;
  /** A row in f32 (D). */
  row: usize;
}

let parts: Workspace = changetype<Workspace>(0);

// @ts-ignore: decorator
@inline export function workspace(): Workspace {
  return parts;
}

let end: usize = 0;

function take(bytes: usize): usize {
  const pointer = end;
  end = (pointer + bytes + 31) & ~15;
  return pointer;
}

/** Lay the parts out from `base` on, where `into` is; the bytes they take. */
function lay(model: Model, base: usize, into: Workspace | null): usize {
  const row = <usize>model.width << 3, column = model.columnBytes;
  end = base;
  take(offsetof<Workspace>());
  const values = take(row), gaps = take(<usize>model.width), residual = take(column);
  const chain = take(row), chainResidual = take(column);
  const factor = take(<usize>model.height * column), solution = take(column);
  const baseMeanSums = take(row), baseRootSums = take(row);
  const meanSums = take(<usize>model.experts * row), rootSums = take(<usize>model.width * column);
  const noise = take(<usize>(max(model.width, model.height) + 2) << 2), random = take(64), single = take(row >> 1);
  if (into) {
    into.values = values;
    into.gaps = gaps;
    into.residual = residual;
    into.chain = chain;
    into.chainResidual = chainResidual;
    into.factor = factor;
    into.solution = solution;
    into.baseMeanSums = baseMeanSums;
    into.baseRootSums = baseRootSums;
    into.meanSums = meanSums;
    into.rootSums = rootSums;
    into.noise = noise;
    into.random = random;
    into.row = single;
  }
  return end - base;
}

/** Make sure that the block is large enough, so that no operation on the model has to ask for memory. */
export function reserveWorkspace(model: Model): bool {
  return scratch(lay(model, 0, null)) != 0;
}

/** Lay the workspace out for `model`. It keeps nothing from one operation to the next. */
export function openWorkspace(model: Model): void {
  const base = scratch(lay(model, 0, null));
  parts = changetype<Workspace>(base);
  lay(model, base, parts);
}
