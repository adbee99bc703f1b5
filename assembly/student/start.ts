// Where learning starts: from nothing at random, from data with filters that whiten it.
import { gaussians } from '../gaussian';
import { log1 } from '../simd';
import { sort } from '../sort';
import { factorise, solveLower } from './cholesky';
import { diagonalise } from './eigen';
import { LARGEST, LARGEST_FILTER, Model, filterAt, learningRandom, vagueOf } from './model';
import { readRow, writeRow } from './row';
import { SORTED, WIDEST_WHITENED, matrixStride, openWorkspace, workspace } from './workspace';

/** Between the quartiles of a normal distribution, in standard deviations. */
const QUARTILES: f64 = 1.3489795003921634;
/** Degrees of freedom of the t distribution whose scatter is found, and in how many rounds (Lange, Little and Taylor 1989). */
const FREEDOM: f64 = 3;
const ROUNDS: i32 = 4;
/** Rows that the scatter is found from at most, evenly spaced. */
const MOST_ROWS: i32 = 4096;
/** Scales beyond, as of a value that hardly varies, would give filters that are too large. */
const LEAST_SCALE: f64 = 1e-5;

/** √(2/ν) of an expert with ν = 2a − 1 degrees of freedom, which makes it Student's t of scale 1; narrower for fewer. */
function sharpness(model: Model): f64 {
  const freedom = Math.max(2 * model.exponent - 1, 0.5);
  return Math.sqrt((2 / freedom) * Math.min(1, <f64>model.width / <f64>model.experts));
}

function setExponents(model: Model): void {
  for (let j = 0; j < model.experts; j++) store<f32>(model.logExponents + (<usize>j << 2), log1(<f32>model.exponent));
}

/** Random filters, the first D of at least as many each looking at one value most of all. */
export function startAtRandom(model: Model): void {
  const scale = <f32>(sharpness(model) / Math.sqrt(<f64>model.width));
  for (let j = 0; j < model.experts; j++) {
    const filter = filterAt(model, j), own = j < model.width && model.experts >= model.width;
    gaussians(learningRandom(model), filter, model.width, own ? <f32>0.1 * scale : scale);
    if (own) store<f32>(filter + (<usize>j << 2), <f32>sharpness(model));
  }
  setExponents(model);
  for (let i = 0; i < model.width; i++) store<f32>(model.precision + (<usize>i << 2), <f32>vagueOf(model));
}

/** What a field varies by, from its n values in ascending order: the quartiles, or where they are equal all of it. */
function scaleOf(values: usize, n: i32): f64 {
  const low = <f64>load<f32>(values + (<usize>(n >> 2) << 2)), high = <f64>load<f32>(values + (<usize>((3 * n) >> 2) << 2));
  if (high > low) return (high - low) / QUARTILES;
  const middle = <f64>load<f32>(values + (<usize>(n >> 1) << 2));
  let sum: f64 = 0;
  for (let k = 0; k < n; k++) {
    const away = <f64>load<f32>(values + (<usize>k << 2)) - middle;
    sum += away * away;
  }
  return sum > 0 ? Math.sqrt(sum / <f64>n) : 1;
}

/** Median and scale of a value, from some of the rows: to the location and to `widths`. */
function measure(model: Model, rows: usize, count: i32, value: i32): void {
  const bytes = <usize>model.width << 2, sorted = workspace().sorted, at = <usize>value << 2;
  const step = Math.max(1, <f64>count / <f64>SORTED);
  let n = 0;
  for (let k: f64 = 0; <i32>k < count && n < SORTED; k += step) {
    const x = load<f32>(rows + <usize>(<i32>k) * bytes + at);
    if (x != x) continue;
    store<f32>(sorted + (<usize>n << 2), max(-LARGEST, min(LARGEST, x)));
    n++;
  }
  store<f32>(workspace().widths + at, 1);
  if (n == 0) return;
  sort(sorted, n, sorted + (<usize>SORTED << 2), sorted + (<usize>SORTED << 3));
  store<f32>(model.location + at, load<f32>(sorted + (<usize>(n >> 1) << 2)));
  store<f32>(workspace().widths + at, <f32>Math.max(LEAST_SCALE, Math.min(1e18, scaleOf(sorted, n))));
}

/** The row in units of the scales, in f64, to `solution`; 0 where a value is missing. */
function standardise(model: Model, row: usize): void {
  const parts = workspace();
  readRow(model, row);
  for (let i = 0; i < model.width; i++) {
    const at = <usize>i << 2;
    store<f64>(parts.solution + (at << 1), <f64>load<f32>(parts.row + at) / <f64>load<f32>(parts.widths + at));
  }
}

/** |L⁻¹ y|² of what stands in `solution`; L is the factor in `axes`. */
function distance(model: Model): f64 {
  const y = workspace().lines, bytes = <usize>model.width << 3;
  memory.copy(y, workspace().solution, bytes);
  solveLower(workspace().axes, model.width, matrixStride(model), y);
  let sum: f64 = 0;
  for (let at: usize = 0; at < bytes; at += 8) sum += load<f64>(y + at) * load<f64>(y + at);
  return sum;
}

/** matrix += weight · y yᵀ, the lower triangle. */
function addSquare(model: Model, weight: f64): void {
  const y = workspace().solution, line = matrixStride(model);
  for (let i = 0; i < model.width; i++) {
    const row = workspace().matrix + <usize>i * line, factor = weight * load<f64>(y + (<usize>i << 3));
    for (let k = 0; k <= i; k++) {
      const at = <usize>k << 3;
      store<f64>(row + at, load<f64>(row + at) + factor * load<f64>(y + at));
    }
  }
}

/**
 * The scatter of the rows to `matrix`, as of a t distribution, whose weights keep outliers from it. D rows that vary by 1
 * without correlation are counted with them, so that it is regular whatever the rows are.
 */
function findScatter(model: Model, rows: usize, count: i32): void {
  const parts = workspace(), width = model.width, line = matrixStride(model), bytes = <usize>width << 2;
  const square = <usize>width * line, used = min(count, MOST_ROWS), D = <f64>width;
  memory.fill(parts.matrix, 0, square);
  for (let i = 0; i < width; i++) store<f64>(parts.matrix + <usize>i * line + (<usize>i << 3), 1);
  for (let round = 0; round < ROUNDS; round++) {
    memory.copy(parts.axes, parts.matrix, square);
    factorise(parts.axes, width, line);
    memory.fill(parts.matrix, 0, square);
    for (let n = 0; n < used; n++) {
      standardise(model, rows + <usize>((<i64>n * <i64>count) / <i64>used) * bytes);
      addSquare(model, (D + FREEDOM) / (FREEDOM + distance(model)));
    }
    shrink(model, <f64>used);
  }
}

/** matrix = (matrix + D·1) / (rows + D), both triangles. */
function shrink(model: Model, rows: f64): void {
  const matrix = workspace().matrix, line = matrixStride(model), D = <f64>model.width;
  for (let i = 0; i < model.width; i++) {
    for (let k = 0; k <= i; k++) {
      const at = matrix + <usize>i * line + (<usize>k << 3);
      const value = (load<f64>(at) + (i == k ? D : 0)) / (rows + D);
      store<f64>(at, value);
      store<f64>(matrix + <usize>k * line + (<usize>i << 3), value);
    }
  }
}

// @ts-ignore: decorator
@inline function element(matrix: usize, row: i32, column: i32, line: usize): f64 {
  return load<f64>(matrix + <usize>row * line + (<usize>column << 3));
}

/** An element of a filter, from one for values in units of their scales. */
function setElement(model: Model, expert: i32, value: i32, standard: f64): void {
  const at = <usize>value << 2, scaled = (standard * sharpness(model)) / <f64>load<f32>(workspace().widths + at);
  const within = Math.max(-<f64>LARGEST_FILTER, Math.min(<f64>LARGEST_FILTER, scaled));
  store<f32>(filterAt(model, expert) + at, <f32>within);
}

/** Σ_k r_k e_ki λ_k^(−½) for all values i: a filter of the whitened data in terms of the data, from r in `lines`. */
function setFilter(model: Model, expert: i32): void {
  const parts = workspace(), line = matrixStride(model);
  for (let i = 0; i < model.width; i++) {
    let sum: f64 = 0;
    for (let k = 0; k < model.width; k++) {
      const root = Math.sqrt(Math.max(1e-12, element(parts.matrix, k, k, line)));
      sum += (load<f64>(parts.lines + (<usize>k << 3)) * element(parts.axes, k, i, line)) / root;
    }
    setElement(model, expert, i, sum);
  }
}

/** How many of the eigenvalues are less than the k-th, or equal and before it. */
function rankOf(model: Model, k: i32): i32 {
  const matrix = workspace().matrix, line = matrixStride(model), own = element(matrix, k, k, line);
  let rank = 0;
  for (let i = 0; i < model.width; i++) {
    const other = element(matrix, i, i, line);
    if (other < own || (other == own && i < k)) rank++;
  }
  return rank;
}

/** r of an expert: a direction of the whitened data, in terms of the eigenvectors. */
function chooseDirection(model: Model, expert: i32): void {
  const parts = workspace(), line = matrixStride(model), width = model.width;
  if (expert >= width) gaussians(learningRandom(model), parts.noise, width, <f32>(1 / Math.sqrt(<f64>width)));
  for (let k = 0; k < width; k++) {
    let r = <f64>load<f32>(parts.noise + (<usize>k << 2));
    // Of a whole set the symmetric root C^(−½), whose filters look at one value beside the others; of a smaller one
    // the directions that vary least, which are what the data keeps to.
    if (model.experts < width) r = rankOf(model, k) == expert ? 1 : 0;
    else if (expert < width) r = element(parts.axes, k, expert, line);
    store<f64>(parts.lines + (<usize>k << 3), r);
  }
}

/** In rows that are too wide to be whitened the first D of at least as many filters look at one value each. */
function setDiagonal(model: Model): void {
  for (let j = 0; j < model.experts; j++) {
    const noise = workspace().noise, own = j < model.width && model.experts >= model.width;
    gaussians(learningRandom(model), noise, model.width, <f32>((own ? 0.1 : 1) / Math.sqrt(<f64>model.width)));
    for (let i = 0; i < model.width; i++) {
      setElement(model, j, i, own && i == j ? 1 : <f64>load<f32>(noise + (<usize>i << 2)));
    }
  }
}

/** Chains start at rows of the data. */
function startChains(model: Model, rows: usize, count: i32): void {
  for (let p = 0; p < <i32>model.persistentChains && count > 0; p++) {
    readRow(model, rows + <usize>(p % count) * (<usize>model.width << 2));
    writeRow(model, workspace().row, model.chains + <usize>p * model.stride);
  }
}

/**
 * Location at the medians, filters that whiten `rows`, chains at rows. Returns how many rows were read before one was
 * refused; nothing is set unless all of them were read.
 */
export function initialiseFrom(model: Model, rows: usize, count: i32): i32 {
  const bytes = <usize>model.width << 2;
  openWorkspace(model);
  for (let n = 0; n < count; n++) if (!readRow(model, rows + <usize>n * bytes)) return n;
  for (let i = 0; i < model.width; i++) measure(model, rows, count, i);
  if (model.width <= WIDEST_WHITENED) {
    findScatter(model, rows, count);
    diagonalise(workspace().matrix, workspace().axes, model.width, matrixStride(model));
    for (let j = 0; j < model.experts; j++) {
      chooseDirection(model, j);
      setFilter(model, j);
    }
  } else setDiagonal(model);
  for (let i = 0; i < model.width; i++) {
    const at = <usize>i << 2, scale = <f64>load<f32>(workspace().widths + at);
    store<f32>(model.precision + at, <f32>(vagueOf(model) / (scale * scale)));
  }
  setExponents(model);
  startChains(model, rows, count);
  model.initial = <f64>count;
  return count;
}
