// The working memory of one operation, in the scratch block that all models of the instance share.
import { scratch } from '../arena';
import { beginParts, partsEnd, takePart } from '../parts';
import { HAMILTONIAN_VECTORS } from '../hamiltonian';
import { exp4 } from '../simd';
import { Model } from './model';

/** The addresses of the parts: D means a padded row, M padded experts. Float32 unless said otherwise. */
@unmanaged
export class Workspace {
  /** The row less the location, 0 where a value is missing (D). */
  row: usize;
  /** Bits of ones where the row has a value (D). */
  present: usize;
  /** A chain, or whatever else is compared with the row (D). */
  chain: usize;
  /** J·row and J·chain (M). */
  dataResponse: usize;
  chainResponse: usize;
  /** a (M). */
  exponents: usize;
  /** What filters are weighed with in an update, and what they move along (M, M, D, D). */
  dataWeight: usize;
  chainWeight: usize;
  dataDirection: usize;
  chainDirection: usize;
  /** w(x) − w(y) and ∂F(x) − ∂F(y) (M, D). */
  difference: usize;
  slope: usize;
  /** K (D). */
  curvature: usize;
  /** How far a Hamiltonian step moves each value (D), and what it works in. */
  widths: usize;
  hamiltonian: usize;
  /** Normal numbers (D), and the same in f64. */
  noise: usize;
  solution: usize;
  /** Four filters in f64 (4, D'), D' = D rounded up to an even number. */
  lines: usize;
  /** A precision and its Cholesky factor, f64 (D, D'). */
  matrix: usize;
  /** A second matrix, for finding the directions to start from, f64 (D, D'). */
  axes: usize;
  /** Values of a field to be sorted, room for as many, and 1024 bytes. */
  sorted: usize;
}

let parts: Workspace = changetype<Workspace>(0);
let lacking: bool = false;

// @ts-ignore: decorator
@inline export function workspace(): Workspace {
  return parts;
}

/** Does the row lack values? */
// @ts-ignore: decorator
@inline export function isPartial(): bool {
  return lacking;
}

export function setPartial(partial: bool): void {
  lacking = partial;
}

/** Bytes from one row of a matrix to the next. */
// @ts-ignore: decorator
@inline export function matrixStride(model: Model): usize {
  return (<usize>(model.width + 1) & ~1) << 3;
}

/** The widest rows that directions of data are found for. */
export const WIDEST_WHITENED: i32 = 256;

/** How many values of a field are sorted at most. */
export const SORTED: i32 = 1024;

/** Lay the parts out from `base` on, where `into` is; the bytes they take. */
function lay(model: Model, base: usize, into: Workspace | null): usize {
  const row = model.stride, experts = model.expertBytes, line = matrixStride(model);
  const whitened = model.width <= WIDEST_WHITENED;
  const square = !model.hamiltonian || whitened ? <usize>model.width * line : 0;
  beginParts(base);
  takePart(offsetof<Workspace>());
  const first = takePart(row), present = takePart(row), chain = takePart(row);
  const dataResponse = takePart(experts), chainResponse = takePart(experts), exponents = takePart(experts);
  const dataWeight = takePart(experts), chainWeight = takePart(experts);
  const dataDirection = takePart(row), chainDirection = takePart(row);
  const difference = takePart(experts), slope = takePart(row), curvature = takePart(row);
  const widths = takePart(row), hamiltonian = takePart(HAMILTONIAN_VECTORS * row), noise = takePart(row);
  const solution = takePart(line), lines = takePart(4 * line), matrix = takePart(square), axes = takePart(whitened ? square : 0);
  const sorted = takePart((<usize>SORTED << 3) + 1024);
  if (into) {
    into.row = first;
    into.present = present;
    into.chain = chain;
    into.dataResponse = dataResponse;
    into.chainResponse = chainResponse;
    into.exponents = exponents;
    into.dataWeight = dataWeight;
    into.chainWeight = chainWeight;
    into.dataDirection = dataDirection;
    into.chainDirection = chainDirection;
    into.difference = difference;
    into.slope = slope;
    into.curvature = curvature;
    into.widths = widths;
    into.hamiltonian = hamiltonian;
    into.noise = noise;
    into.solution = solution;
    into.lines = lines;
    into.matrix = matrix;
    into.axes = axes;
    into.sorted = sorted;
  }
  return partsEnd() - base;
}

/** What `openWorkspace` takes, as a float64 that cannot overflow. */
export function workspaceBytes(model: Model): f64 {
  const D = <f64>model.width;
  const square = !model.hamiltonian || model.width <= WIDEST_WHITENED ? 16 * D * (D + 1) : 0;
  return 80 * (D + 16) + 48 * <f64>model.rows + square + 32768;
}

/** Make sure that the block is large enough, so that no operation on the model has to ask for memory. */
export function reserveWorkspace(model: Model): bool {
  return scratch(lay(model, 0, null)) != 0;
}

/** Lay the workspace out for `model` and find the exponents. It keeps nothing from one operation to the next. */
export function openWorkspace(model: Model): void {
  const base = scratch(lay(model, 0, null));
  parts = changetype<Workspace>(base);
  lay(model, base, parts);
  lacking = false;
  findExponents(model);
}

/** a from log a, as every operation does anew: nothing that has been derived is kept. */
export function findExponents(model: Model): void {
  const exponents = parts.exponents, logs = model.logExponents;
  for (let at: usize = 0; at < model.expertBytes; at += 16) v128.store(exponents + at, exp4(v128.load(logs + at)));
  for (let j = model.experts; j < model.rows; j++) store<f32>(exponents + (<usize>j << 2), 0);
}
