// p(one step | all others of the row), exactly: every expert sums out its states, and their predictions multiply.
//
//   p(o_t = o | rest) ∝ Π_m Σ_k q_m(k) B_k(o),   q_m(k) ∝ p(state k | past) β̂_t(k)
//
// Of numbers, whose product of mixtures is not normalised, relative to the likeliest value: `mode`.
import { logSumExp, softmax } from '../logsum';
import { exp4, log4, madd, splat, sum1 } from '../simd';
import { Model, REAL, SEQUENCE, Window, windowAt } from './model';
import { addLogDensity, goBackward, goForward, openWindow, predict } from './recursions';
import { isThere, isUsable, lengthOf, numberAt, symbolAt } from './row';
import { addUpChannel, linearSum, precisionSum } from './visible';
import { backward, logits, openWorkspace, path, stepOf, weights } from './workspace';

/** `weights` = shares of every expert's states that add up to one. */
function normaliseWeights(model: Model): void {
  const lanes = model.lanes, bytes = model.stateBytes;
  for (let at: usize = 0; at < lanes; at += 16) {
    let sum = splat(0);
    for (let k = at; k < bytes; k += lanes) sum = f32x4.add(sum, v128.load(weights + k));
    const share = f32x4.div(splat(1), sum);
    for (let k = at; k < bytes; k += lanes) v128.store(weights + k, f32x4.mul(share, v128.load(weights + k)));
  }
}

/** `weights` = q of a step that is followed by others up to `steps`, or is the one behind them. */
function weigh(model: Model, step: i32, steps: i32): void {
  predict(model, step, weights);
  if (step >= steps) return;
  const future = stepOf(model, backward, step);
  for (let at: usize = 0; at < model.stateBytes; at += 16) {
    v128.store(weights + at, f32x4.mul(v128.load(weights + at), v128.load(future + at)));
  }
  normaliseWeights(model);
}

/** `logits` = Σ_m log Σ_k q_m(k) B_k(o) for every symbol. Cost: S K M exponentials. */
function symbolsGiven(model: Model, window: Window): void {
  const lanes = model.lanes, bytes = model.stateBytes;
  for (let o = 0; o < window.size; o++) {
    const emission = window.emission + <usize>o * bytes;
    let product = splat(0);
    for (let at: usize = 0; at < lanes; at += 16) {
      let sum = splat(0);
      for (let k = at; k < bytes; k += lanes) sum = madd(v128.load(weights + k), exp4(v128.load(emission + k)), sum);
      product = madd(v128.load(model.mask + at), log4(sum), product);
    }
    store<f32>(logits + (<usize>o << 2), sum1(product));
  }
}

/** Take what the other channels of a step say into `weights`, and make logarithms of them. */
function weighChannels(model: Model, window: Window, row: usize, step: i32, channel: i32): void {
  const bytes = model.stateBytes, least = splat(1e-37);
  for (let at: usize = 0; at < bytes; at += 16) {
    v128.store(weights + at, log4(f32x4.pmax(v128.load(weights + at), least)));
  }
  for (let c = 0; c < window.size; c++) {
    const value = numberAt(window, row, step, c);
    if (c != channel && value == value) addLogDensity(model, window, c, value, weights);
  }
}

/** Σ_m log Σ_k exp(weights) N(x), up to a constant; leaves the shares of the states in the first step of `path`. */
function densityAt(model: Model, window: Window, channel: i32, x: f32): f64 {
  const lanes = model.lanes, bytes = model.stateBytes, shares = path;
  memory.copy(shares, weights, bytes);
  addLogDensity(model, window, channel, x, shares);
  let total: f64 = 0;
  for (let at: usize = 0; at < lanes; at += 16) {
    let most = v128.load(shares + at), sum = splat(0);
    for (let k = at; k < bytes; k += lanes) most = f32x4.pmax(most, v128.load(shares + k));
    for (let k = at; k < bytes; k += lanes) {
      const share = exp4(f32x4.sub(v128.load(shares + k), most));
      v128.store(shares + k, share);
      sum = f32x4.add(sum, share);
    }
    const one = f32x4.div(splat(1), sum);
    for (let k = at; k < bytes; k += lanes) v128.store(shares + k, f32x4.mul(one, v128.load(shares + k)));
    total += <f64>sum1(f32x4.mul(v128.load(model.mask + at), f32x4.add(most, log4(sum))));
  }
  return total;
}

/** Means that a search for the likeliest value begins at, and how often it is improved. */
const MOST_STARTS: i32 = 64;
const ASCENTS: i32 = 16;

/** The value at which the product of the experts' mixtures is highest, nearly, and log of how high. */
let modeHeight: f64 = 0;
function mode(model: Model, window: Window, channel: i32): f32 {
  const count = model.states * model.experts, apart = max(1, (count + MOST_STARTS - 1) / MOST_STARTS);
  const means = window.emission + <usize>channel * model.stateBytes;
  let best: f32 = 0;
  modeHeight = -Infinity;
  for (let i = 0; i < count; i += apart) {
    const k = i / model.experts, m = i % model.experts;
    const x = load<f32>(means + <usize>k * model.lanes + (<usize>m << 2)), height = densityAt(model, window, channel, x);
    if (height <= modeHeight) continue;
    modeHeight = height;
    best = x;
  }
  // Each of these is a step of expectation and maximisation, which never goes down.
  for (let i = 0; i < ASCENTS; i++) {
    densityAt(model, window, channel, best);
    addUpChannel(model, window, channel, path);
    const next = linearSum / precisionSum, height = densityAt(model, window, channel, next);
    if (!(height > modeHeight)) break;
    modeHeight = height;
    best = next;
  }
  return best;
}

/** −log p(x | rest) / max p of a channel of a step, in nats. */
function surpriseOfNumber(model: Model, window: Window, row: usize, step: i32, channel: i32): f32 {
  weighChannels(model, window, row, step, channel);
  mode(model, window, channel);
  const own = densityAt(model, window, channel, numberAt(window, row, step, channel));
  return <f32>Math.max(0, modeHeight - own);
}

/** −log p(symbol | rest), q being in `weights`. */
function surpriseOfSymbol(model: Model, window: Window, symbol: i32): f32 {
  symbolsGiven(model, window);
  return max(0, logSumExp(logits, window.size) - load<f32>(logits + (<usize>symbol << 2)));
}

/** `out` = the surprises of one window's groups; of a sequence the largest of its symbols. */
function surprisesOfWindow(model: Model, window: Window, row: usize, out: usize): void {
  const steps = lengthOf(window, row);
  openWindow(model, window);
  goForward(model, window, row, steps);
  goBackward(model, steps);
  let most: f32 = NaN;
  for (let t = 0; t < window.steps; t++) {
    const isPresent = t < steps && isThere(window, row, t);
    if (window.kind == REAL) {
      for (let c = 0; c < window.size; c++) {
        const value = numberAt(window, row, t, c), at = out + (<usize>(t * window.size + c) << 2);
        if (value == value) weigh(model, t, steps);
        store<f32>(at, value == value ? surpriseOfNumber(model, window, row, t, c) : NaN);
      }
      continue;
    }
    let own: f32 = NaN;
    if (isPresent) {
      weigh(model, t, steps);
      own = surpriseOfSymbol(model, window, symbolAt(window, row, t));
      most = most == most ? max(most, own) : own;
    }
    if (window.kind != SEQUENCE) store<f32>(out + (<usize>t << 2), own);
  }
  if (window.kind == SEQUENCE) store<f32>(out, most);
}

export function surprisesOf(model: Model, row: usize, out: usize): bool {
  openWorkspace(model);
  if (!isUsable(model, row)) return false;
  for (let w = 0; w < model.windowCount; w++) {
    const window = windowAt(model, w);
    surprisesOfWindow(model, window, row, out + (<usize>window.group << 2));
  }
  return true;
}

/** The window that a group belongs to. */
function windowOf(model: Model, group: i32): Window {
  let w = model.windowCount - 1;
  while (windowAt(model, w).group > group) w--;
  return windowAt(model, w);
}

/**
 * `out` = p(symbol of a step | rest); of a sequence that of the symbol behind its last one; of numbers the likeliest one
 * given the others.
 */
export function conditionalOf(model: Model, row: usize, group: i32, out: usize): bool {
  openWorkspace(model);
  if (!isUsable(model, row)) return false;
  const window = windowOf(model, group), own = group - window.group, known = lengthOf(window, row);
  const channels = window.kind == REAL ? window.size : 1;
  const step = window.kind == SEQUENCE ? known : own / channels, steps = window.kind == SEQUENCE ? known : max(known, step + 1);
  openWindow(model, window);
  goForward(model, window, row, steps);
  goBackward(model, steps);
  weigh(model, step, steps);
  if (window.kind == REAL) {
    weighChannels(model, window, row, step, own % channels);
    store<f32>(out, mode(model, window, own % channels));
    return true;
  }
  symbolsGiven(model, window);
  softmax(logits, window.size);
  memory.copy(out, logits, <usize>window.size << 2);
  return true;
}
