// The working memory of one operation, in the scratch block that all models of the instance share.
import { scratch } from '../arena';
import { beginParts, partsEnd, takePart } from '../parts';
import { Model } from './model';
import { VIEWS } from './views';

/** The addresses of the parts. */
@unmanaged
export class Workspace {
  /** The row, with something for what it lacks (D). */
  row: usize;
  /** The row as it came, NaN for what it lacks (D). */
  given: usize;
  /** 1 / s of each view for this row (V, D); 0 leaves a field out. */
  weights: usize;
  /** The numbers of the fields that the row lacks, as i32 (D). */
  missing: usize;
  /** One sum a field (D), and how many entered it, as i32 (D). */
  sums: usize;
  counts: usize;
  /** Distances to the centres of an expert (P). */
  distances: usize;
  /** Distances over all fields but one (K, P), and over all (P); what each field adds (K, P). */
  without: usize;
  shares: usize;
  /** Four of each line of `without` that the least is among (K + 1, 4). */
  least: usize;
  /** One number an expert (E), and what experts suggest for fields (D, E). */
  nearest: usize;
  suggestions: usize;
  /** Centres to be replaced: pairs (expert, centre) of i32 (E, 2). */
  chosen: usize;
  /** Values to be sorted, room for a pass of it, and counts by digit. */
  sorted: usize;
  spare: usize;
  digits: usize;
}

let parts: Workspace = changetype<Workspace>(0);
let missingFields: i32 = 0;

// @ts-ignore: decorator
@inline export function workspace(): Workspace {
  return parts;
}

// @ts-ignore: decorator
@inline export function missingCount(): i32 {
  return missingFields;
}

export function setMissingCount(count: i32): void {
  missingFields = count;
}

/**
 * Lay the parts out from `base` on, where `into` is; the bytes they take. Fields are taken by four: there is room for
 * three more.
 */
function lay(model: Model, base: usize, into: Workspace | null): usize {
  const row = model.rowBytes, table = <usize>(model.looked + 4) * model.lineBytes;
  const numbers = (<usize>model.experts + 4) << 2;
  beginParts(base);
  takePart(offsetof<Workspace>());
  const given = takePart(row), values = takePart(row), weights = takePart(<usize>VIEWS * row), missing = takePart(row);
  const sums = takePart(row), counts = takePart(row);
  const distances = takePart(model.lineBytes), without = takePart(table), shares = takePart(table);
  const least = takePart(<usize>(model.looked + 4) << 4);
  const nearest = takePart(numbers), suggestions = takePart(<usize>model.width * numbers), chosen = takePart(2 * numbers);
  const sorted = takePart(<usize>model.reservoirRows << 2), spare = takePart(<usize>model.reservoirRows << 2), digits = takePart(1024);
  if (into) {
    into.given = given;
    into.row = values;
    into.weights = weights;
    into.missing = missing;
    into.sums = sums;
    into.counts = counts;
    into.distances = distances;
    into.without = without;
    into.shares = shares;
    into.least = least;
    into.nearest = nearest;
    into.suggestions = suggestions;
    into.chosen = chosen;
    into.sorted = sorted;
    into.spare = spare;
    into.digits = digits;
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
  missingFields = 0;
}
