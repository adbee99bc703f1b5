// The free energy of a text, and what of it is due to the length.
//
//   F(v) = −Σ_t (log p0(v_t) + d_{v_t}) − Σ_j log(1 + exp A_j(v))
//
// p(v) = exp(−F(v)) / Z_n has a Z of its own for every n: free energies of texts of different lengths cannot be compared.
// log Z_n grows nearly linearly with n (each hidden state adds n times the log of what it multiplies p0 to), so what is
// usual for a length is a line through the texts learned lately, F ≈ α + β n, and the score is F less that line.
import { softplusSum } from '../logsum';
import { logBase } from './counts';
import { drive } from './layers';
import { Model, biasAt, groupAt } from './model';
import { readText } from './text';
import { Text, data, input, lengthOf, openWorkspace, startOf, tokenOf } from './workspace';

/** F(v) of a text whose hidden units have this input. */
export function rawEnergy(model: Model, text: Text, hiddenInput: usize): f64 {
  let linear: f64 = 0;
  for (let g = 0; g < model.groupCount; g++) {
    const group = groupAt(model, g), end = startOf(text, g + 1);
    for (let t = startOf(text, g); t < end; t++) {
      const unit = tokenOf(text, t);
      linear += logBase(model, group, unit - group.first) + <f64>load<f32>(biasAt(model, unit));
    }
  }
  return -linear - <f64>softplusSum(hiddenInput, model.hidden);
}

/** Texts that the line reaches back over, and what is added to the variance of their lengths so that it has a slope. */
const WINDOW: f64 = 512;
const RIDGE: f64 = 0.1;

/** Move the running means of length and free energy towards a text's. */
export function takeEnergy(model: Model, n: i32, energy: f64): void {
  const share = 1 / Math.min(model.learned + 1, WINDOW);
  const length = <f64>n - model.meanLength, excess = energy - model.meanEnergy;
  // West 1979, with a constant share once the window is full.
  model.meanLength += share * length;
  model.meanEnergy += share * excess;
  model.lengthVariance += share * ((1 - share) * length * length - model.lengthVariance);
  model.covariance += share * ((1 - share) * length * excess - model.covariance);
}

/** α + β n. */
export function usualEnergy(model: Model, n: i32): f64 {
  const slope = model.covariance / (model.lengthVariance + RIDGE);
  return model.meanEnergy + slope * (<f64>n - model.meanLength);
}

/** F(v) less what is usual for its length; 0 for a row without tokens, NaN when it is refused. */
export function freeEnergyOf(model: Model, row: usize): f32 {
  openWorkspace(model);
  const text = data();
  if (!readText(model, row, text)) return NaN;
  const n = lengthOf(model, text);
  if (n == 0) return 0;
  drive(model, text, n, input);
  return <f32>(rawEnergy(model, text, input) - usualEnergy(model, n));
}
