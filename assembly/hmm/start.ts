// Starting points: from random numbers alone, and from the first rows of the data.
import { log } from '../log';
import { normalise } from './normalise';
import { drawRow } from './answers';
import { Model, REAL, Window, learningRandom, windowAt } from './model';
import { isUsable, lengthOf, numberAt, symbolAt } from './row';
import { logits, openWorkspace } from './workspace';

/** Persistent chains begin at what the experts themselves would draw. */
export function startChains(model: Model): void {
  for (let p = 0; p < <i32>model.persistentChains; p++) {
    drawRow(model, 0, model.chains + <usize>p * model.chainStride, learningRandom(model));
  }
}

/**
 * Add `shift` to the log-probability of a symbol in all states of all experts. Lanes that are none stay uniform: their states
 * are drawn as well, and must say nothing.
 */
function shiftSymbol(model: Model, window: Window, symbol: i32, shift: f32): void {
  const row = window.emission + <usize>symbol * model.stateBytes;
  for (let k = 0; k < model.states; k++) {
    for (let m = 0; m < model.experts; m++) {
      const at = row + <usize>k * model.lanes + (<usize>m << 2);
      store<f32>(at, load<f32>(at) + shift);
    }
  }
}

/** Every expert begins at the M-th root of how often symbols are, so that their product begins there. */
function startSymbols(model: Model, window: Window, rows: usize, count: i32): void {
  const S = window.size, bytes = <usize>model.width << 2;
  memory.fill(logits, 0, <usize>S << 2);
  let total: f64 = 0;
  for (let n = 0; n < count; n++) {
    const row = rows + <usize>n * bytes, steps = lengthOf(window, row);
    for (let t = 0; t < steps; t++) {
      const symbol = symbolAt(window, row, t);
      if (symbol < 0) continue;
      const seen = logits + (<usize>symbol << 2);
      store<f32>(seen, load<f32>(seen) + 1);
      total += 1;
    }
  }
  if (total == 0) return;
  for (let o = 0; o < S; o++) {
    const share = (<f64>load<f32>(logits + (<usize>o << 2)) + 0.5) / (total + 0.5 * <f64>S);
    shiftSymbol(model, window, o, <f32>(log(share) / <f64>model.experts));
  }
  for (let at: usize = 0; at < model.stateBytes; at += 16) normalise(window.emission + at, S, model.stateBytes);
}

/** Least standard deviation that data are taken to have. */
// @ts-ignore: decorator
@inline const LEAST_DEVIATION: f64 = 0.05;

/**
 * States begin at values that are drawn from the data's own mean and deviation, with variances M times those of the data:
 * a product of M densities is M times as narrow.
 */
function startNumbers(model: Model, window: Window, rows: usize, count: i32): void {
  const bytes = <usize>model.width << 2, K = model.states;
  for (let c = 0; c < window.size; c++) {
    let seen: f64 = 0, sum: f64 = 0, squares: f64 = 0;
    for (let n = 0; n < count; n++) {
      for (let t = 0; t < window.steps; t++) {
        const value = <f64>numberAt(window, rows + <usize>n * bytes, t, c);
        if (value != value) continue;
        seen += 1;
        const excess = value - sum;
        sum += excess / seen;
        squares += excess * (value - sum);
      }
    }
    if (seen == 0) continue;
    const deviation = Math.max(LEAST_DEVIATION, Math.sqrt(squares / seen));
    const logVariance = <f32>Math.max(-8, Math.min(8, log(deviation * deviation * <f64>model.experts)));
    for (let k = 0; k < K; k++) {
      for (let m = 0; m < model.experts; m++) {
        const at = <usize>(c * K + k) * model.lanes + (<usize>m << 2), mean = window.emission + at;
        store<f32>(mean, <f32>(sum + 2 * deviation * <f64>load<f32>(mean)));
        store<f32>(window.spread + at, logVariance);
      }
    }
  }
}

/** Start from rows; returns how many were read before one was refused, and then nothing has changed. */
export function initialiseFrom(model: Model, rows: usize, count: i32): i32 {
  const bytes = <usize>model.width << 2;
  openWorkspace(model);
  for (let n = 0; n < count; n++) if (!isUsable(model, rows + <usize>n * bytes)) return n;
  for (let w = 0; w < model.windowCount; w++) {
    const window = windowAt(model, w);
    if (window.kind == REAL) startNumbers(model, window, rows, count);
    else startSymbols(model, window, rows, count);
  }
  startChains(model);
  return count;
}
