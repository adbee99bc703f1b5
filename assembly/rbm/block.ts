// Free energies of many rows: their hidden inputs A = c + W·v are a matrix product, computed in tiles whose sums stay in
// registers. Every sum is taken in the order in which `dot4` takes it, so that a row has the same bits as by itself.
//
//   | present | rows, aligned and padded (N, D) | hidden inputs (N, H) |
import { scratch } from '../arena';
import { softplusSum } from '../logsum';
import { dot4 } from '../products';
import { madd, splat } from '../simd';
import { Model, scoringHiddenBias, scoringWeights } from './model';
import { PARTIAL, REFUSED, readRow } from './row';
import { openScoringScales } from './scales';
import { visibleTerm } from './visible-energy';

/** Rows of a block: each four rows of W are fetched once for all of them, while they themselves stay in a near cache. */
const MOST_ROWS: usize = 24;
const BLOCK_BYTES: usize = 262144;
/** Rows of a tile. */
const TILE: i32 = 3;
/** An unfused multiply-add takes one register more: without fusion the sums of a tile would not stay in registers. */
const TILED: bool = ASC_FEATURE_RELAXED_SIMD;

/** N, a multiple of TILE. */
function rowsOf(model: Model): usize {
  const fit = BLOCK_BYTES / (model.stride + model.hiddenBytes);
  return max(TILE, min(MOST_ROWS, fit) / TILE * TILE);
}

function blockBytes(model: Model): usize {
  return model.stride + rowsOf(model) * (model.stride + model.hiddenBytes) + 64;
}

/** Make sure that the block is large enough, so that no call has to ask for memory. */
export function reserveBlock(model: Model): bool {
  return scratch(blockBytes(model)) != 0;
}

/** Lanes 0 and 1: the sums over the lanes of a and of b, added in the order of `sum4`. */
// @ts-ignore: decorator
@inline function sum2(a: v128, b: v128): v128 {
  const pairs = f32x4.add(i32x4.shuffle(a, b, 0, 4, 1, 5), i32x4.shuffle(a, b, 2, 6, 3, 7));
  return f32x4.add(pairs, i32x4.shuffle(pairs, pairs, 2, 3, 0, 1));
}

/** Add the sums of a and b to the two biases and store the two inputs. */
// @ts-ignore: decorator
@inline function storeInputs(out: usize, bias: v128, a: v128, b: v128): void {
  v128.store64_lane(out, f32x4.add(sum2(a, b), bias), 0);
}

/**
 * Two rows of W times three visible vectors: 12 sums in registers, 10 loads for 12 multiply-adds. Even and odd vectors
 * are summed apart, as in `dot4`.
 */
function tile(w: usize, stride: usize, visible: usize, bias: usize, out: usize, outBytes: usize): void {
  let p = w, q = w + stride, x = visible, y = x + stride, z = y + stride;
  const end = q;
  let ax = splat(0), ay = splat(0), az = splat(0), bx = splat(0), by = splat(0), bz = splat(0);
  let cx = splat(0), cy = splat(0), cz = splat(0), dx = splat(0), dy = splat(0), dz = splat(0);
  do {
    let a = v128.load(p), b = v128.load(q), v = v128.load(x);
    ax = madd(a, v, ax);
    bx = madd(b, v, bx);
    v = v128.load(y);
    ay = madd(a, v, ay);
    by = madd(b, v, by);
    v = v128.load(z);
    az = madd(a, v, az);
    bz = madd(b, v, bz);
    a = v128.load(p, 16);
    b = v128.load(q, 16);
    v = v128.load(x, 16);
    cx = madd(a, v, cx);
    dx = madd(b, v, dx);
    v = v128.load(y, 16);
    cy = madd(a, v, cy);
    dy = madd(b, v, dy);
    v = v128.load(z, 16);
    cz = madd(a, v, cz);
    dz = madd(b, v, dz);
    p += 32;
    q += 32;
    x += 32;
    y += 32;
    z += 32;
  } while (p < end);
  const biases = v128.load64_zero(bias);
  storeInputs(out, biases, f32x4.add(ax, cx), f32x4.add(bx, dx));
  storeInputs(out + outBytes, biases, f32x4.add(ay, cy), f32x4.add(by, dy));
  storeInputs(out + 2 * outBytes, biases, f32x4.add(az, cz), f32x4.add(bz, dz));
}

/** `inputs` = A of `count` rows. Four rows of W stay in the nearest cache while all rows pass by. */
function driveRows(model: Model, visible: usize, inputs: usize, count: i32): void {
  const stride = model.stride, bytes = model.hiddenBytes, tiled = TILED ? count - count % TILE : 0;
  const weights = scoringWeights(model), biases = scoringHiddenBias(model);
  for (let j = 0; j < model.rows; j += 4) {
    const w = weights + <usize>j * stride, bias = biases + (<usize>j << 2);
    let row = visible, out = inputs + (<usize>j << 2), r = 0;
    for (; r < tiled; r += TILE) {
      tile(w, stride, row, bias, out, bytes);
      tile(w + 2 * stride, stride, row, bias + 8, out + 8, bytes);
      row += <usize>TILE * stride;
      out += <usize>TILE * bytes;
    }
    for (; r < count; r++) {
      v128.store(out, f32x4.add(dot4(w, stride, row, stride), v128.load(bias)));
      row += stride;
      out += bytes;
    }
  }
}

/** `out` = F(v), nats, of `count` rows of any alignment, at most as many as a block holds; NaN of a refused one. */
function scoreBlock(model: Model, rows: usize, count: i32, out: usize): void {
  const present = (scratch(blockBytes(model)) + 15) & ~15, stride = model.stride;
  const visible = present + stride, inputs = visible + rowsOf(model) * stride;
  const bytes = <usize>model.width << 2, copies = <f32>model.replicas;
  openScoringScales(model);
  for (let r: usize = 0; r < <usize>count; r++) {
    const row = visible + r * stride;
    const condition = readRow(model, rows + r * bytes, row, present);
    const term: f32 = condition == REFUSED ? NaN : visibleTerm(model, row, present, condition == PARTIAL);
    store<f32>(out + (r << 2), term);
  }
  driveRows(model, visible, inputs, count);
  for (let r: usize = 0; r < <usize>count; r++) {
    const linear = load<f32>(out + (r << 2));
    if (linear != linear) continue;
    store<f32>(out + (r << 2), -linear - copies * softplusSum(inputs + r * model.hiddenBytes, model.hidden));
  }
}

/** `out` = F(v), nats, of `count` rows; NaN of a refused one. */
export function freeEnergiesOf(model: Model, rows: usize, count: i32, out: usize): void {
  const most = <i32>rowsOf(model), bytes = <usize>model.width << 2;
  for (let first = 0; first < count; first += most) {
    scoreBlock(model, rows + <usize>first * bytes, min(most, count - first), out + (<usize>first << 2));
  }
}
