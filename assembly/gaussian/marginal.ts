// Values that are missing, integrated out. With T = diag(t²) over them and A_g their columns, the residual of all others
// has covariance K = I + A_g T⁻¹ A_gᵀ, so that with r = A (v − μ), the means of the base in the gaps,
//
//   y = K⁻¹ r,   v_g = b_g − T⁻¹ A_gᵀ y
//
// are the residual and the missing values at the mean given the rest (Woodbury's identity). K has H × H numbers, however
// many values are missing, and its eigenvalues are at least one.
import { axpy, dot, sum } from './linear';
import { Model, at, columnOf } from './model';
import { workspace } from './workspace';

// @ts-ignore: decorator
@inline function factorRow(model: Model, row: i32): usize {
  return workspace().factor + <usize>row * model.columnBytes;
}

/** x · y over the first `count` numbers. */
// @ts-ignore: decorator
@inline function dotOf(x: usize, y: usize, count: i32): f64 {
  let total = f64x2.splat(0), i = 0;
  for (; i + 2 <= count; i += 2) total = f64x2.add(total, f64x2.mul(v128.load(at(x, i)), v128.load(at(y, i))));
  const rest = i < count ? load<f64>(at(x, i)) * load<f64>(at(y, i)) : 0;
  return sum(total) + rest;
}

/** K in the lower triangle; right of the diagonal stands what is never read. */
function fillK(model: Model): void {
  const gaps = workspace().gaps;
  memory.fill(workspace().factor, 0, <usize>model.height * model.columnBytes);
  for (let h = 0; h < model.height; h++) store<f64>(at(factorRow(model, h), h), 1);
  for (let i = 0; i < model.width; i++) {
    if (!load<u8>(gaps + <usize>i)) continue;
    const column = columnOf(model, i), root = load<f64>(at(model.baseRoots, i));
    for (let h = 0; h < model.height; h++) {
      const bytes = <usize>((h + 2) & ~1) << 3;
      axpy(load<f64>(at(column, h)) / (root * root), column, factorRow(model, h), bytes);
    }
  }
}

/** K = L Lᵀ in place (Cholesky). Pivots are at least one but for rounding. */
export function factorise(model: Model): void {
  fillK(model);
  for (let h = 0; h < model.height; h++) {
    const row = factorRow(model, h);
    for (let j = 0; j < h; j++) {
      const other = factorRow(model, j);
      store<f64>(at(row, j), (load<f64>(at(row, j)) - dotOf(row, other, j)) / load<f64>(at(other, j)));
    }
    store<f64>(at(row, h), Math.sqrt(max(1, load<f64>(at(row, h)) - dotOf(row, row, h))));
  }
}

/** x = L⁻¹ x. */
export function solveForward(model: Model, x: usize): void {
  for (let h = 0; h < model.height; h++) {
    const row = factorRow(model, h);
    store<f64>(at(x, h), (load<f64>(at(x, h)) - dotOf(row, x, h)) / load<f64>(at(row, h)));
  }
}

/** x = L⁻ᵀ x. */
function solveBackward(model: Model, x: usize): void {
  for (let h = model.height - 1; h >= 0; h--) {
    const row = factorRow(model, h), value = load<f64>(at(x, h)) / load<f64>(at(row, h));
    store<f64>(at(x, h), value);
    for (let j = 0; j < h; j++) store<f64>(at(x, j), load<f64>(at(x, j)) - value * load<f64>(at(row, j)));
  }
}

/** x = K⁻¹ x. */
export function solve(model: Model, x: usize): void {
  solveForward(model, x);
  solveBackward(model, x);
}

/** From the residual with the base's means in the gaps to the residual and the values at the mean given the rest. */
export function complete(model: Model, values: usize, residual: usize): void {
  const gaps = workspace().gaps;
  solve(model, residual);
  for (let i = 0; i < model.width; i++) {
    if (!load<u8>(gaps + <usize>i)) continue;
    const root = load<f64>(at(model.baseRoots, i));
    const pull = dot(columnOf(model, i), residual, model.columnBytes) / (root * root);
    store<f64>(at(values, i), load<f64>(at(values, i)) - pull);
  }
}

/** a_iᵀ K⁻¹ a_i = |L⁻¹ a_i|²: what the experts add to the precision of a field, the gaps integrated out. */
export function marginalPrecision(model: Model, field: i32): f64 {
  const x = workspace().solution;
  memory.copy(x, columnOf(model, field), model.columnBytes);
  solveForward(model, x);
  return dot(x, x, model.columnBytes);
}
