// From a caller's row to deviations from the location, and back.
import { splat } from '../simd';
import { LARGEST, Model } from './model';
import { setPartial, workspace } from './workspace';

/**
 * Read D values of any alignment: what they differ from the location by goes to `row` of the workspace, 0 where a value is
 * missing. False when one is infinite.
 */
export function readRow(model: Model, row: usize): bool {
  return readTo(model, row, workspace().row, workspace().present);
}

/** The same with places for the differences and for the bits that say what is there. */
export function readTo(model: Model, row: usize, out: usize, present: usize): bool {
  const width = <usize>model.width << 2, bytes = model.stride, location = model.location;
  const most = splat(LARGEST), least = splat(-LARGEST), infinity = splat(Infinity);
  memory.copy(out, row, width);
  memory.copy(out + width, location + width, bytes - width);
  let infinite = splat(0), holes = splat(0);
  for (let at: usize = 0; at < bytes; at += 16) {
    const x = v128.load(out + at), there = f32x4.eq(x, x);
    infinite = v128.or(infinite, f32x4.eq(f32x4.abs(x), infinity));
    holes = v128.or(holes, v128.not(there));
    const within = f32x4.pmax(least, f32x4.pmin(most, x));
    v128.store(out + at, v128.and(f32x4.sub(within, v128.load(location + at)), there));
    v128.store(present + at, there);
  }
  setPartial(v128.any_true(holes));
  return !v128.any_true(infinite);
}

/** Keep of `x` what the row has. */
export function keepPresent(model: Model, x: usize): void {
  const present = workspace().present;
  for (let at: usize = 0; at < model.stride; at += 16) {
    v128.store(x + at, v128.and(v128.load(x + at), v128.load(present + at)));
  }
}

/** `out`: location + deviations, D values. */
export function writeRow(model: Model, x: usize, out: usize): void {
  for (let at: usize = 0; at < <usize>model.width << 2; at += 4) {
    store<f32>(out + at, load<f32>(model.location + at) + load<f32>(x + at));
  }
}
