// Gibbs sampling by auxiliary precisions (Welling, Hinton and Osindero 2003): (1 + ½z²)^−a is the integral over u of
// u^(a−1) e^(−u(1 + ½z²)) / Γ(a), so that given v the u_j are independent Gamma(a_j, rate 1 + ½z_j²), and given u the values are
// normal with precision P = Σ_j u_j J_j J_jᵀ + ε around the location.
import { gamma } from '../gamma';
import { gaussians } from '../gaussian';
import { factorise, solveTransposed } from './cholesky';
import { respond } from './filters';
import { LARGEST, Model, filterAt } from './model';
import { isPartial, matrixStride, workspace } from './workspace';

/** w_j = u_j ~ Gamma(a_j, rate 1 + ½ z_j²) for all experts; 0 behind them. */
export function drawPrecisions(model: Model, z: usize, w: usize, random: usize): void {
  const a = workspace().exponents;
  for (let j = 0; j < model.rows; j++) {
    const at = <usize>j << 2, response = <f64>load<f32>(z + at);
    const u = j < model.experts ? gamma(random, <f64>load<f32>(a + at)) / (1 + 0.5 * response * response) : 0;
    store<f32>(w + at, <f32>u);
  }
}

/** A filter in f64, without the values that the row lacks. */
function widen(model: Model, expert: i32, out: usize): void {
  const filter = filterAt(model, expert), present = workspace().present, partial = isPartial();
  for (let i = 0; i < model.width; i++) {
    const at = <usize>i << 2;
    const keeps = !partial || load<u32>(present + at) != 0;
    store<f64>(out + (at << 1), keeps ? <f64>load<f32>(filter + at) : 0);
  }
}

/** P += Σ of four u_j J_j J_jᵀ, the lower triangle; the filters stand in `lines`. */
function addFour(model: Model, matrix: usize, u: usize): void {
  const line = matrixStride(model), a = workspace().lines, b = a + line, c = b + line, d = c + line;
  const u0 = <f64>load<f32>(u), u1 = <f64>load<f32>(u, 4), u2 = <f64>load<f32>(u, 8), u3 = <f64>load<f32>(u, 12);
  for (let i = 0; i < model.width; i++) {
    const place = <usize>i << 3, row = matrix + <usize>i * line;
    const s0 = f64x2.splat(u0 * load<f64>(a + place)), s1 = f64x2.splat(u1 * load<f64>(b + place));
    const s2 = f64x2.splat(u2 * load<f64>(c + place)), s3 = f64x2.splat(u3 * load<f64>(d + place));
    for (let at: usize = 0; at <= place; at += 16) {
      const first = f64x2.add(f64x2.mul(s0, v128.load(a + at)), f64x2.mul(s1, v128.load(b + at)));
      const second = f64x2.add(f64x2.mul(s2, v128.load(c + at)), f64x2.mul(s3, v128.load(d + at)));
      v128.store(row + at, f64x2.add(v128.load(row + at), f64x2.add(first, second)));
    }
  }
}

/** P += Σ_j u_j J_j J_jᵀ + ε, the lower triangle, `matrixStride` bytes a row; what the row lacks is left out. */
export function addPrecision(model: Model, matrix: usize, u: usize): void {
  const line = matrixStride(model), lines = workspace().lines;
  for (let j = 0; j < model.rows; j += 4) {
    for (let k = 0; k < 4; k++) widen(model, j + k, lines + <usize>k * line);
    addFour(model, matrix, u + (<usize>j << 2));
  }
  for (let i = 0; i < model.width; i++) {
    const at = matrix + <usize>i * line + (<usize>i << 3);
    store<f64>(at, load<f64>(at) + <f64>load<f32>(model.precision + (<usize>i << 2)));
  }
}

/** x: one sweep in place, u given x and then x given u. What the row lacks stays 0. */
export function gibbsSweep(model: Model, x: usize, random: usize): void {
  const parts = workspace(), z = parts.chainResponse, u = parts.chainWeight, matrix = parts.matrix;
  const line = matrixStride(model), width = model.width, partial = isPartial();
  respond(model, x, z);
  drawPrecisions(model, z, u, random);
  memory.fill(matrix, 0, <usize>width * line);
  addPrecision(model, matrix, u);
  gaussians(random, parts.noise, width, 1);
  for (let i = 0; i < width; i++) {
    store<f64>(parts.solution + (<usize>i << 3), <f64>load<f32>(parts.noise + (<usize>i << 2)));
  }
  factorise(matrix, width, line);
  solveTransposed(matrix, width, line, parts.solution);
  for (let i = 0; i < width; i++) {
    const at = <usize>i << 2, value = load<f64>(parts.solution + (at << 1));
    const within = Math.max(-<f64>LARGEST, Math.min(<f64>LARGEST, value));
    const keeps = !partial || load<u32>(parts.present + at) != 0;
    store<f32>(x + at, keeps ? <f32>within : 0);
  }
}
