/**
 * Unigauss experts, g_m(v) = π_m N(v; μ_m, diag σ_m²) + (1 − π_m) / V on a box of volume V (Hinton 2002, section 4). Visible layer: real units.
 *
 * The exports and what they promise are listed in rbm.ts. A row with an infinite value is refused; one beyond the walls is
 * learned as if it stood at the wall. `conditional` gives one value, the likeliest; `transform` M probabilities; `notice`
 * only checks the row.
 */
import { createModel } from '../box/create';

export * from '../box/entry';

/** The first letters of the name, by which a host knows the family. */
export const family: i32 = 0x67696e75;

export function create(groups: usize, groupCount: i32, options: usize, blank: i32): usize {
  return createModel(groups, groupCount, options, false);
}
