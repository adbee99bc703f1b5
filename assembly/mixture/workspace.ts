// The working memory of one operation, in the scratch block that all models of the instance share.
import { scratch } from '../arena';
import { beginParts, partsEnd, takePart } from '../parts';
import { Model, SEED_ROWS } from './model';

/** The addresses of the parts, f32 unless said otherwise. */
@unmanaged
export class Workspace {
  /** The row, 0 in gaps, and all ones in the bits of what is there (D). */
  values: usize;
  there: usize;
  /** r_mk of the row (M, K). */
  posterior: usize;
  /** A chain, or the end of one, and its r. */
  chain: usize;
  chainPosterior: usize;
  /** Precision and precision × mean of p(v | k), and normally distributed numbers (D). */
  precision: usize;
  linear: usize;
  noise: usize;
  /** Differences of both phases: of a (M, K), μ and ρ (M × K, D). */
  logitSums: usize;
  meanSums: usize;
  rootSums: usize;
  /** What each field adds to log N of each component (M × K, D), and their sums, f64 (M × K). */
  shares: usize;
  sums: usize;
  /** One field of all components: their log-weights, means and roots (M, K). */
  weights: usize;
  places: usize;
  widths: usize;
  /** One number for each row that means start from. */
  distances: usize;
  /** The component of each expert, i32 (M). */
  chosen: usize;
  /** Precision and precision × mean of all components, f64 (D); precision and mean of all but one, f32 (D). */
  totalPrecision: usize;
  totalLinear: usize;
  restPrecision: usize;
  restMean: usize;
  /** K numbers. */
  terms: usize;
  /** A generator for what does not belong to the stream of the model (64 bytes). */
  random: usize;
}

let parts: Workspace = changetype<Workspace>(0);

// @ts-ignore: decorator
@inline export function workspace(): Workspace {
  return parts;
}

/** Lay the parts out from `base` on, where `into` is; the bytes they take. */
function lay(model: Model, base: usize, into: Workspace | null): usize {
  const row = model.rowBytes, sets = <usize>model.experts * model.setBytes;
  const count = <usize>(model.experts * model.components), lines = count * row;
  beginParts(base);
  takePart(offsetof<Workspace>());
  const values = takePart(row), there = takePart(row), posterior = takePart(sets), chain = takePart(row), chainPosterior = takePart(sets);
  const precision = takePart(row), linear = takePart(row), noise = takePart(row);
  const logitSums = takePart(sets), meanSums = takePart(lines), rootSums = takePart(lines), shares = takePart(lines), sums = takePart(count << 3);
  const weights = takePart(sets), places = takePart(sets), widths = takePart(sets), terms = takePart(model.setBytes), random = takePart(64);
  const chosen = takePart(<usize>model.experts << 2), totalPrecision = takePart(2 * row), totalLinear = takePart(2 * row);
  const restPrecision = takePart(row), restMean = takePart(row);
  const distances = takePart(<usize>SEED_ROWS << 2);
  if (into) {
    into.values = values;
    into.there = there;
    into.posterior = posterior;
    into.chain = chain;
    into.chainPosterior = chainPosterior;
    into.precision = precision;
    into.linear = linear;
    into.noise = noise;
    into.logitSums = logitSums;
    into.meanSums = meanSums;
    into.rootSums = rootSums;
    into.shares = shares;
    into.sums = sums;
    into.weights = weights;
    into.places = places;
    into.widths = widths;
    into.distances = distances;
    into.chosen = chosen;
    into.totalPrecision = totalPrecision;
    into.totalLinear = totalLinear;
    into.restPrecision = restPrecision;
    into.restMean = restMean;
    into.terms = terms;
    into.random = random;
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
