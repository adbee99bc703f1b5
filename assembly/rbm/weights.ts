// The weights that a hidden unit starts with.
import { gaussians } from '../gaussian';
import { Model, runAt } from './model';

/** The weights of a unit that counts up to N start at an N-th: what they say of all of it together is what others say. */
function scaleCounts(model: Model, row: usize): void {
  for (let r = 0; r < model.runCount; r++) {
    const run = runAt(model, r);
    for (let i = run.start; i < run.start + run.size; i++) {
      const place = row + (<usize>i << 2);
      store<f32>(place, load<f32>(place) / <f32>run.trials);
    }
  }
}

/** `row` = D draws from N(0, weightScale²) and zeros behind them; real units are taken to have a deviation of one. */
export function drawWeights(model: Model, row: usize, random: usize): void {
  const width = <usize>model.width << 2;
  gaussians(random, row, model.width, <f32>model.weightScale);
  memory.fill(row + width, 0, model.stride - width);
  if (model.rated) scaleCounts(model, row);
}
