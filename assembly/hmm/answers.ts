// What a model says of whole rows: free energy, features, reconstruction, samples.
import { usualEnergy } from './length';
import { drawSteps, sweepWindow } from './learn';
import { Model, REAL, SEQUENCE, Window, channelsOf, samplingRandom, windowAt } from './model';
import { drawPaths, drawPriorPaths } from './paths';
import { goBackward, goForward, logDensity, openWindow, posterior } from './recursions';
import { isUsable, lengthOf, symbolCount, valuesAt } from './row';
import { addUpChannel, linearSum, precisionSum, writeStep } from './visible';
import { openWorkspace, path, row as workRow, stepOf, weights } from './workspace';

/** F(row) less what is usual for its length; 0 for a row without values, NaN when it is refused. */
export function freeEnergyOf(model: Model, row: usize): f32 {
  openWorkspace(model);
  if (!isUsable(model, row)) return NaN;
  let energy: f64 = 0;
  for (let w = 0; w < model.windowCount; w++) {
    const window = windowAt(model, w), steps = lengthOf(window, row);
    if (steps == 0) continue;
    openWindow(model, window);
    goForward(model, window, row, steps);
    energy -= logDensity(model);
  }
  return <f32>(model.hasSequences ? energy - usualEnergy(model, symbolCount(model, row)) : energy);
}

/**
 * `out` = for every window, expert and state the share of the steps that the expert is in it, W K M values; what its
 * first step would be for a window without values.
 */
export function featuresOf(model: Model, row: usize, out: usize): bool {
  openWorkspace(model);
  if (!isUsable(model, row)) return false;
  for (let w = 0; w < model.windowCount; w++) {
    const window = windowAt(model, w), steps = max(1, lengthOf(window, row)), share: f32 = <f32>1 / <f32>steps;
    openWindow(model, window);
    goForward(model, window, row, steps);
    goBackward(model, steps);
    for (let k = 0; k < model.states; k++) {
      for (let m = 0; m < model.experts; m++) store<f32>(out + (<usize>(k * model.experts + m) << 2), 0);
    }
    for (let t = 0; t < steps; t++) {
      posterior(model, t, weights);
      for (let k = 0; k < model.states; k++) {
        for (let m = 0; m < model.experts; m++) {
          const to = out + (<usize>(k * model.experts + m) << 2);
          const own = load<f32>(weights + <usize>k * model.lanes + (<usize>m << 2));
          store<f32>(to, load<f32>(to) + share * own);
        }
      }
    }
    out += <usize>(model.states * model.experts) << 2;
  }
  return true;
}

/** The number of steps that a sequence is drawn with: as told, or as they have been on average. */
function usualLength(model: Model, w: i32): i32 {
  const window = windowAt(model, w);
  if (window.kind != SEQUENCE) return window.steps;
  if (model.length > 0) return <i32>model.length;
  const present = model.present + (<usize>window.first << 3);
  let most: f64 = 1, sum: f64 = 0;
  for (let i = 0; i < window.values; i++) {
    most = Math.max(most, load<f64>(present + (<usize>i << 3)));
    sum += load<f64>(present + (<usize>i << 3));
  }
  return <i32>Math.max(1, Math.min(<f64>window.steps, Math.round(sum / most)));
}

/** Make `steps` steps of a window something that is there, and the others missing. */
function blankWindow(window: Window, row: usize, steps: i32): void {
  const values = row + (<usize>window.first << 2), there = steps * channelsOf(window);
  for (let i = 0; i < window.values; i++) store<f32>(values + (<usize>i << 2), i < there ? <f32>0 : NaN);
}

/**
 * `out` = the row after `steps` mean-field passes, D values: every step as the experts together expect it from where the
 * row says that they are. Gaps are filled, and nothing is put behind the end of a sequence, but for one that is missing
 * as a whole, which comes out as long as sequences usually are.
 */
export function reconstructionOf(model: Model, row: usize, passes: i32, out: usize): bool {
  openWorkspace(model);
  if (!isUsable(model, row)) return false;
  memory.copy(workRow, row, <usize>model.width << 2);
  for (let pass = 0; pass < passes; pass++) {
    for (let w = 0; w < model.windowCount; w++) {
      const window = windowAt(model, w), known = lengthOf(window, workRow);
      const steps = window.kind == SEQUENCE && known > 0 ? known : usualLength(model, w);
      openWindow(model, window);
      goForward(model, window, workRow, steps);
      goBackward(model, steps);
      blankWindow(window, workRow, steps);
      for (let t = 0; t < steps; t++) {
        posterior(model, t, weights);
        const values = valuesAt(window, workRow, t);
        writeStep(model, window, weights, values, values, 0);
      }
    }
  }
  memory.copy(out, workRow, <usize>model.width << 2);
  return true;
}

/** `row` = a draw of every expert's own path and of the steps given those, then `sweeps` Gibbs sweeps. */
export function drawRow(model: Model, sweeps: i32, row: usize, random: usize): void {
  for (let w = 0; w < model.windowCount; w++) {
    const window = windowAt(model, w), steps = usualLength(model, w);
    openWindow(model, window);
    blankWindow(window, row, steps);
    drawPriorPaths(model, steps, random);
    drawSteps(model, window, steps, row, random);
    sweepWindow(model, window, row, steps, sweeps, random);
  }
}

/** `out` = `count` rows, each the end of a chain of `sweeps` sweeps. Learning's random numbers are left alone. */
export function sampleInto(model: Model, count: i32, sweeps: i32, out: usize): void {
  const bytes = <usize>model.width << 2;
  openWorkspace(model);
  for (let i = 0; i < count; i++) drawRow(model, sweeps, out + <usize>i * bytes, samplingRandom(model));
}

/** `sweeps` sweeps from each of `count` states, in place; 0 when one is refused. */
export function walkFrom(model: Model, states: usize, count: i32, sweeps: i32, random: usize): bool {
  const bytes = <usize>model.width << 2;
  openWorkspace(model);
  for (let i = 0; i < count; i++) if (!isUsable(model, states + <usize>i * bytes)) return false;
  for (let w = 0; w < model.windowCount; w++) {
    const window = windowAt(model, w);
    openWindow(model, window);
    for (let i = 0; i < count; i++) {
      const state = states + <usize>i * bytes;
      sweepWindow(model, window, state, lengthOf(window, state), sweeps, random);
    }
  }
  return true;
}

/**
 * Draw where every expert is along the row, and add the precisions of its numbers, and precision × mean, f64 (D) each.
 * False when the row is refused, and for windows of symbols, which have no such parameters.
 */
export function addNaturalOf(model: Model, row: usize, linear: usize, narrow: usize, full: i32, random: usize): bool {
  openWorkspace(model);
  for (let w = 0; w < model.windowCount; w++) if (windowAt(model, w).kind != REAL) return false;
  if (!isUsable(model, row)) return false;
  const apart = full ? <usize>model.width + 1 : 1;
  for (let w = 0; w < model.windowCount; w++) {
    const window = windowAt(model, w);
    openWindow(model, window);
    goForward(model, window, row, window.steps);
    drawPaths(model, window.steps, random);
    for (let i = 0; i < window.values; i++) {
      addUpChannel(model, window, i % window.size, stepOf(model, path, i / window.size));
      const place = <usize>(window.first + i), own = linear + (place << 3), diagonal = narrow + ((place * apart) << 3);
      store<f64>(own, load<f64>(own) + <f64>linearSum);
      store<f64>(diagonal, load<f64>(diagonal) + <f64>precisionSum);
    }
  }
  return true;
}

/** `out` = ∂F/∂row, D values; false when the row is refused or has symbols. */
export function gradientOf(model: Model, row: usize, out: usize): bool {
  openWorkspace(model);
  for (let w = 0; w < model.windowCount; w++) if (windowAt(model, w).kind != REAL) return false;
  if (!isUsable(model, row)) return false;
  for (let w = 0; w < model.windowCount; w++) {
    const window = windowAt(model, w);
    openWindow(model, window);
    goForward(model, window, row, window.steps);
    goBackward(model, window.steps);
    for (let i = 0; i < window.values; i++) {
      posterior(model, i / window.size, weights);
      addUpChannel(model, window, i % window.size, weights);
      const at = <usize>(window.first + i) << 2;
      store<f32>(out + at, load<f32>(row + at) * precisionSum - linearSum);
    }
  }
  return true;
}
