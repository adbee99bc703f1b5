// The working memory of one operation, in the scratch block that all models of the instance share.
import { scratch } from '../arena';
import { beginParts, partsEnd, takePart } from '../parts';
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

/** Lay the parts out from `base` on, where `into` is; the bytes they take. */
function lay(model: Model, base: usize, into: Workspace | null): usize {
  const row = <usize>model.width << 3, column = model.columnBytes;
  beginParts(base);
  takePart(offsetof<Workspace>());
  const values = takePart(row), gaps = takePart(<usize>model.width), residual = takePart(column);
  const chain = takePart(row), chainResidual = takePart(column);
  const factor = takePart(<usize>model.height * column), solution = takePart(column);
  const baseMeanSums = takePart(row), baseRootSums = takePart(row);
  const meanSums = takePart(<usize>model.experts * row), rootSums = takePart(<usize>model.width * column);
  const noise = takePart(<usize>(max(model.width, model.height) + 2) << 2), random = takePart(64), single = takePart(row >> 1);
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
  return partsEnd() - base;
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
