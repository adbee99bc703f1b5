// Drawing one of several.
import { uniform1 } from '../random';
import { Model, at } from './model';

/** The number of a component, drawn from K probabilities. */
export function drawComponent(model: Model, probabilities: usize, random: usize): i32 {
  let left = uniform1(random);
  for (let k = 0; k < model.components - 1; k++) {
    left -= load<f32>(at(probabilities, k));
    if (left < 0) return k;
  }
  return model.components - 1;
}
