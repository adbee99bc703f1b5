// The visit of `bulk.ts` for CD-1 without momentum: two products and one update a weight, nothing waits for anything.
//
// Rows of a panel are updated in an order in which those whose unit was drawn come first: four of them go into the next
// reconstruction while they are in registers, and the others do not touch it. Weight decay is one number: what counts is
// `kept` × W, and updates are divided by it (`settleWeights` multiplies it in).
import { madd, sigmoids, splat, sum1 } from '../simd';
import { scale } from '../vectors';
import { uniforms } from '../random';
import { isAveragingDue } from './average';
import { driveTwo, silenceFilling } from './layers';
import { Model, learningRandom } from './model';
import { biasStep } from './update';
import { Phase, comingPhaseAt, phaseAt } from './workspace';

/** Share of W that weight decay has left since the last `settleWeights`. */
let kept: f32 = 1;

/** Below this, divisions by `kept` would cost digits. */
const LEAST_KEPT: f32 = 0.5;

/**
 * The rows of a panel in the order of the update, 16 bytes each: address of the row, what it moves by along the data and
 * along the chain, 4 bytes unused. Room for PANEL_ROWS of `create.ts`.
 */
// @ts-ignore: decorator
@inline const ENTRIES: usize = memory.data(768, 64);
/** Random numbers for as many units. */
// @ts-ignore: decorator
@inline const DRAWN: usize = memory.data(192, 64);

/** Can many rows be learned this way? Replicas, and a decay that takes half of W at once, are left to the other one. */
export function isPipelined(model: Model): bool {
  const forgets = 1 - model.learningRate * model.weightDecay < LEAST_KEPT;
  const isSimple = model.persistentChains == 0 && model.cdSteps == 1 && model.replicas == 1;
  return isSimple && model.velocity == 0 && !forgets;
}

export function openPipeline(): void {
  kept = 1;
}

/** Multiply `kept` into W when somebody is about to read it, or when it has become small. */
export function settleWeights(model: Model, read: bool): void {
  if (kept == 1 || (!read && kept > LEAST_KEPT && !isAveragingDue(model))) return;
  scale(model.weights, <usize>model.rows * model.stride, kept);
  kept = 1;
}

/** Posteriors of the chain from its products with the stored weights, of which `before` counts. */
function findChainPosteriors(model: Model, from: i32, to: i32, before: f32): void {
  const posteriors = phaseAt(1).posterior, bias = model.hiddenBias, factor = splat(before);
  const begin = <usize>from << 2, end = <usize>to << 2;
  for (let at = begin; at < end; at += 16) {
    v128.store(posteriors + at, madd(factor, v128.load(posteriors + at), v128.load(bias + at)));
  }
  sigmoids(posteriors + begin, posteriors + begin, end - begin);
  silenceFilling(model, posteriors, to);
}

/**
 * Steps, biases and offsets of the units as in `updateHidden`, and the posteriors of the coming row from its products with
 * the old weights: what the update will add to a product is known from y_r·v'. Steps are divided by `kept`.
 */
function updateHiddenOnward(model: Model, from: i32, to: i32): void {
  const data = phaseAt(0), chain = phaseAt(1), coming = comingPhaseAt(0).posterior, centering = model.centering != 0;
  const s0 = data.posterior, s1 = chain.posterior, offsets = model.hiddenOffset, bias = model.hiddenBias;
  const share = splat(<f32>model.centeringRate), inverse = splat(<f32>1 / kept), all = splat(kept);
  const weight0 = splat(data.weight), weight1 = splat(chain.weight);
  const shift0 = splat(data.visibleShift), shift1 = splat(chain.visibleShift);
  const dot0 = splat(dataDot), dot1 = splat(chainDot), begin = <usize>from << 2, end = <usize>to << 2;
  for (let at = begin; at < end; at += 16) {
    let h0 = v128.load(s0 + at), h1 = v128.load(s1 + at);
    if (centering) {
      const mean = v128.load(offsets + at), offset = madd(share, f32x4.sub(h0, mean), mean);
      v128.store(offsets + at, offset);
      h0 = f32x4.sub(h0, offset);
      h1 = f32x4.sub(h1, offset);
      v128.store(data.hidden + at, h0);
      v128.store(chain.hidden + at, h1);
    }
    const step0 = f32x4.mul(weight0, h0), step1 = f32x4.mul(weight1, h1);
    v128.store(data.steps + at, f32x4.mul(inverse, step0));
    v128.store(chain.steps + at, f32x4.mul(inverse, step1));
    const c = f32x4.add(v128.load(bias + at), madd(step1, shift1, f32x4.mul(step0, shift0)));
    v128.store(bias + at, c);
    v128.store(coming + at, madd(all, v128.load(coming + at), madd(step1, dot1, madd(step0, dot0, c))));
  }
  sigmoids(coming + begin, coming + begin, end - begin);
  silenceFilling(model, coming, to);
}

/** Draw the units in [from, to) of the coming row and list their rows: those drawn from the front, the others from the back. */
function order(model: Model, from: i32, to: i32): usize {
  const probabilities = comingPhaseAt(0).posterior, data = phaseAt(0).steps, chain = phaseAt(1).steps;
  const stride = model.stride;
  uniforms(learningRandom(model), DRAWN, <usize>(to - from) << 2);
  let front = ENTRIES, back = ENTRIES + (<usize>(to - from) << 4), row = model.weights + <usize>from * stride;
  let drawn = DRAWN;
  for (let at = <usize>from << 2; at < <usize>to << 2; at += 16) {
    const a = v128.load(data + at), b = v128.load(chain + at);
    const on = <usize>i32x4.bitmask(f32x4.lt(v128.load(drawn), v128.load(probabilities + at)));
    drawn += 16;
    let entry = place(on & 1, front, back);
    front += (on & 1) << 4;
    back -= (~on & 1) << 4;
    store<usize>(entry, row);
    v128.store32_lane(entry, a, 0, 4);
    v128.store32_lane(entry, b, 0, 8);
    row += stride;
    entry = place(on >> 1 & 1, front, back);
    front += (on >> 1 & 1) << 4;
    back -= (~on >> 1 & 1) << 4;
    store<usize>(entry, row);
    v128.store32_lane(entry, a, 1, 4);
    v128.store32_lane(entry, b, 1, 8);
    row += stride;
    entry = place(on >> 2 & 1, front, back);
    front += (on >> 2 & 1) << 4;
    back -= (~on >> 2 & 1) << 4;
    store<usize>(entry, row);
    v128.store32_lane(entry, a, 2, 4);
    v128.store32_lane(entry, b, 2, 8);
    row += stride;
    entry = place(on >> 3 & 1, front, back);
    front += (on >> 3 & 1) << 4;
    back -= (~on >> 3 & 1) << 4;
    store<usize>(entry, row);
    v128.store32_lane(entry, a, 3, 4);
    v128.store32_lane(entry, b, 3, 8);
    row += stride;
  }
  return front;
}

/** Where the next entry goes: at the front when its unit is on, else before the back. Without a branch to mispredict. */
// @ts-ignore: decorator
@inline function place(on: usize, front: usize, back: usize): usize {
  const last = back - 16;
  return last + ((front - last) & (0 - on));
}

/**
 * Four rows: row_k += data_k x + chain_k y, and `sum` += the first `active` of them.
 * `active` is known when compiling: five loops come of it.
 */
// @ts-ignore: decorator
@inline function updateFour(active: i32, entries: usize, x: usize, y: usize, sum: usize, bytes: usize): void {
  let p0 = load<usize>(entries), p1 = load<usize>(entries, 16);
  let p2 = load<usize>(entries, 32), p3 = load<usize>(entries, 48);
  const a0 = v128.load32_splat(entries, 4), b0 = v128.load32_splat(entries, 8);
  const a1 = v128.load32_splat(entries, 20), b1 = v128.load32_splat(entries, 24);
  const a2 = v128.load32_splat(entries, 36), b2 = v128.load32_splat(entries, 40);
  const a3 = v128.load32_splat(entries, 52), b3 = v128.load32_splat(entries, 56);
  let p = x, q = y, s = sum;
  const end = x + bytes;
  do {
    let u = v128.load(p), v = v128.load(q);
    let r0 = madd(b0, v, madd(a0, u, v128.load(p0)));
    v128.store(p0, r0);
    let r1 = madd(b1, v, madd(a1, u, v128.load(p1)));
    v128.store(p1, r1);
    let r2 = madd(b2, v, madd(a2, u, v128.load(p2)));
    v128.store(p2, r2);
    let r3 = madd(b3, v, madd(a3, u, v128.load(p3)));
    v128.store(p3, r3);
    if (active > 0) v128.store(s, f32x4.add(v128.load(s), sumOf(active, r0, r1, r2, r3)));
    u = v128.load(p, 16);
    v = v128.load(q, 16);
    r0 = madd(b0, v, madd(a0, u, v128.load(p0, 16)));
    v128.store(p0, r0, 16);
    r1 = madd(b1, v, madd(a1, u, v128.load(p1, 16)));
    v128.store(p1, r1, 16);
    r2 = madd(b2, v, madd(a2, u, v128.load(p2, 16)));
    v128.store(p2, r2, 16);
    r3 = madd(b3, v, madd(a3, u, v128.load(p3, 16)));
    v128.store(p3, r3, 16);
    if (active > 0) v128.store(s, f32x4.add(v128.load(s, 16), sumOf(active, r0, r1, r2, r3)), 16);
    p0 += 32;
    p1 += 32;
    p2 += 32;
    p3 += 32;
    p += 32;
    q += 32;
    if (active > 0) s += 32;
  } while (p < end);
}

// @ts-ignore: decorator
@inline function sumOf(active: i32, r0: v128, r1: v128, r2: v128, r3: v128): v128 {
  if (active == 1) return r0;
  if (active == 2) return f32x4.add(r0, r1);
  if (active == 3) return f32x4.add(f32x4.add(r0, r1), r2);
  return f32x4.add(f32x4.add(r0, r1), f32x4.add(r2, r3));
}

/** Update the rows of the entries up to `end`; those up to `middle` are added to `sum`. */
function updateEntries(middle: usize, end: usize, x: usize, y: usize, sum: usize, bytes: usize): void {
  let entry = ENTRIES;
  for (; entry + 64 <= middle; entry += 64) updateFour(4, entry, x, y, sum, bytes);
  if (entry < middle) {
    const active = middle - entry;
    if (active == 16) updateFour(1, entry, x, y, sum, bytes);
    else if (active == 32) updateFour(2, entry, x, y, sum, bytes);
    else updateFour(3, entry, x, y, sum, bytes);
    entry += 64;
  }
  for (; entry < end; entry += 64) updateFour(0, entry, x, y, sum, bytes);
}

/** What both phases will add to the products of the coming row: y_r·v'. On the way nothing stands in the chain's input yet. */
let dataDot: f32 = 0;
let chainDot: f32 = 0;

function openDots(row: usize, data: usize, chain: usize, sum: usize, bytes: usize): void {
  let first = splat(0), second = splat(0);
  for (let at: usize = 0; at < bytes; at += 16) {
    const x = v128.load(row + at);
    first = madd(x, v128.load(data + at), first);
    second = madd(x, v128.load(chain + at), second);
    v128.store(sum + at, splat(0));
  }
  dataDot = sum1(first);
  chainDot = sum1(second);
}

/** The visible biases, and with them the input of the coming chain, which was summed up with the stored weights. */
function updateVisible(model: Model, data: Phase, chain: Phase, input: usize): void {
  const x = data.centred, y = chain.centred, bias = model.visibleBias, all = splat(kept);
  const a = splat(biasStep(model, data)), b = splat(biasStep(model, chain));
  for (let at: usize = 0; at < model.stride; at += 16) {
    const moved = madd(b, v128.load(y + at), madd(a, v128.load(x + at), v128.load(bias + at)));
    v128.store(bias + at, moved);
    v128.store(input + at, madd(all, v128.load(input + at), moved));
  }
}

/** The rows of W once: the update of this step, and the chain of the coming one up to the input of its visible units. */
export function moveOnPipelined(model: Model): void {
  const data = phaseAt(0), chain = phaseAt(1), row = comingPhaseAt(0), sum = comingPhaseAt(1).input;
  const stride = model.stride, before = kept;
  kept *= <f32>(1 - data.weight * <f32>model.weightDecay);
  openDots(row.state, data.centred, chain.centred, sum, stride);
  for (let from = 0; from < model.rows; from += model.panel) {
    const to = min(from + model.panel, model.rows);
    driveTwo(model, model.weights, chain.seen, row.state, chain.posterior, row.posterior, from, to);
    findChainPosteriors(model, from, to, before);
    updateHiddenOnward(model, from, to);
    const middle = order(model, from, to);
    updateEntries(middle, ENTRIES + (<usize>(to - from) << 4), data.centred, chain.centred, sum, stride);
  }
  updateVisible(model, data, chain, sum);
  settleWeights(model, false);
}
