// Eigenvalues and eigenvectors of a symmetric matrix, in f64, by Jacobi's rotations (1846). Matrices are row-major,
// `stride` bytes from one row to the next.

const MOST_SWEEPS: i32 = 16;
/** Relative to the product of the diagonal elements: what is below is 0. */
const NOTHING: f64 = 1e-20;

// @ts-ignore: decorator
@inline function at(matrix: usize, row: i32, column: i32, stride: usize): usize {
  return matrix + <usize>row * stride + (<usize>column << 3);
}

/** Rows p and q become c·p − s·q and s·p + c·q. */
function rotateRows(matrix: usize, size: i32, stride: usize, p: i32, q: i32, c: f64, s: f64): void {
  for (let k = 0; k < size; k++) {
    const x = load<f64>(at(matrix, p, k, stride)), y = load<f64>(at(matrix, q, k, stride));
    store<f64>(at(matrix, p, k, stride), c * x - s * y);
    store<f64>(at(matrix, q, k, stride), s * x + c * y);
  }
}

function rotateColumns(matrix: usize, size: i32, stride: usize, p: i32, q: i32, c: f64, s: f64): void {
  for (let k = 0; k < size; k++) {
    const x = load<f64>(at(matrix, k, p, stride)), y = load<f64>(at(matrix, k, q, stride));
    store<f64>(at(matrix, k, p, stride), c * x - s * y);
    store<f64>(at(matrix, k, q, stride), s * x + c * y);
  }
}

/** Make the element (p, q) zero, if it is not; whether it was. */
function rotate(matrix: usize, axes: usize, size: i32, stride: usize, p: i32, q: i32): bool {
  const off = load<f64>(at(matrix, p, q, stride));
  const first = load<f64>(at(matrix, p, p, stride)), second = load<f64>(at(matrix, q, q, stride));
  if (off * off <= NOTHING * Math.abs(first * second)) return false;
  const ratio = (second - first) / (2 * off);
  const tangent = (ratio >= 0 ? 1 : -1) / (Math.abs(ratio) + Math.sqrt(ratio * ratio + 1));
  const c = 1 / Math.sqrt(tangent * tangent + 1), s = tangent * c;
  rotateRows(matrix, size, stride, p, q, c, s);
  rotateColumns(matrix, size, stride, p, q, c, s);
  rotateRows(axes, size, stride, p, q, c, s);
  return true;
}

/** The matrix becomes diagonal, and row k of `axes` the eigenvector of its k-th element. */
export function diagonalise(matrix: usize, axes: usize, size: i32, stride: usize): void {
  for (let i = 0; i < size; i++) {
    for (let k = 0; k < size; k++) store<f64>(at(axes, i, k, stride), i == k ? 1 : 0);
  }
  for (let sweep = 0; sweep < MOST_SWEEPS; sweep++) {
    let turned = false;
    for (let p = 0; p < size - 1; p++) {
      for (let q = p + 1; q < size; q++) if (rotate(matrix, axes, size, stride, p, q)) turned = true;
    }
    if (!turned) return;
  }
}
