// Samples by pseudo-Gibbs sampling in a dependency network (Heckerman et al. 2000): every field in turn is drawn given
// the others, from one expert at random. The experts' tails are too heavy for a density, 1/d^(1/2) has no finite
// integral, so that there is no p(x) that the sweeps could converge to. What comes out are rows that are put together from
// values of the centres, each plausible beside the others.
import { uniform1 } from '../random';
import { Model, centreValue, countOf, fieldAt, moment, placeOf, samplingRandom } from './model';
import { winnerOf } from './distance';
import { leaveOut, weigh, weighAll } from './row';
import { openWorkspace, workspace } from './workspace';

/** A random expert, or the next one that has centres; -1 when none has. */
function someExpert(model: Model, random: usize): i32 {
  const first = <i32>(<f64>uniform1(random) * model.expertCount);
  for (let n = 0; n < model.experts; n++) {
    const e = (first + n) % model.experts;
    if (countOf(model, e) > 0) return e;
  }
  return -1;
}

function setValue(field: i32, value: f32): void {
  store<f32>(workspace().row + (<usize>field << 2), value);
}

/** Start at a random centre of a random expert; what it does not look at starts at the mean. */
function start(model: Model, random: usize): void {
  memory.fill(workspace().row, 0, model.rowBytes);
  for (let f = 0; f < model.width; f++) setValue(f, <f32>load<f64>(moment(model, 1, f)));
  const e = someExpert(model, random);
  if (e < 0) return;
  const centre = <i32>(<f64>uniform1(random) * <f64>countOf(model, e));
  for (let k = 0; k < model.looked; k++) {
    setValue(fieldAt(model, e, k), load<f32>(centreValue(model, e, k, centre)));
  }
}

/** Draw a field given all the others. */
function draw(model: Model, field: i32, random: usize): void {
  const e = someExpert(model, random);
  const k = e < 0 ? -1 : placeOf(model, e, field);
  if (k < 0) return;
  leaveOut(model, field);
  setValue(field, load<f32>(centreValue(model, e, k, winnerOf(model, e))));
  weigh(model, field);
}

/** `out`: `count` × D values after `sweeps` sweeps from starts of their own. */
export function sampleInto(model: Model, count: i32, sweeps: i32, out: usize): void {
  const random = samplingRandom(model), bytes = <usize>model.width << 2;
  openWorkspace(model);
  for (let n = 0; n < count; n++) {
    start(model, random);
    weighAll(model);
    for (let sweep = 0; sweep < sweeps; sweep++) {
      for (let f = 0; f < model.width; f++) draw(model, f, random);
    }
    memory.copy(out + <usize>n * bytes, workspace().row, bytes);
  }
}
