// What of a free energy is due to the length of sequences.
//
// p(o) = exp(−F(o)) / Z_T has a Z of its own for every number of steps T: free energies of sequences of different lengths
// cannot be compared. log Z_T is that of a product of transfer matrices and so grows nearly linearly with T, as does the
// entropy of what has no end in sight: what is usual for a length is a line through the rows learned lately, F ≈ α + β n,
// and the score is F less that line. Windows of a fixed number of steps have one Z, and nothing is taken off.
import { logDensity } from './recursions';
import { Model } from './model';

/** F of the window at work, after `goForward`. */
// @ts-ignore: decorator
@inline export function rawEnergy(model: Model): f64 {
  return -logDensity(model);
}

/**
 * Rows that the line reaches back over, and how much variance of lengths a line through the origin, F ≈ n F̄ / n̄, is worth:
 * what is known while all lengths are the same.
 */
const WINDOW: f64 = 512;
const RIDGE: f64 = 0.1;

/** Move the running means of length and free energy towards a row's. */
export function takeEnergy(model: Model, n: i32, energy: f64): void {
  if (n == 0) return;
  const share = 1 / Math.min(model.rows + 1, WINDOW);
  const length = <f64>n - model.meanLength, excess = energy - model.meanEnergy;
  // West 1979, with a constant share once the window is full.
  model.meanLength += share * length;
  model.meanEnergy += share * excess;
  model.lengthVariance += share * ((1 - share) * length * length - model.lengthVariance);
  model.covariance += share * ((1 - share) * length * excess - model.covariance);
  model.rows += 1;
}

/** α + β n; 0 where no sequence has been learned, or none is there. */
export function usualEnergy(model: Model, n: i32): f64 {
  if (n == 0) return 0;
  const proportional = model.meanEnergy / Math.max(1, model.meanLength);
  const slope = (model.covariance + RIDGE * proportional) / (model.lengthVariance + RIDGE);
  return model.meanEnergy + slope * (<f64>n - model.meanLength);
}
