// Making a model: sizes from the groups, memory from the arena, all counts zero.
import { allocate } from '../arena';
import { ARRAY_OVERHEAD, Place, beginLayout, take, takePlaces, takeVector } from '../layout';
import { seed } from '../random';
import { Field, Model, OPTION_BYTES, PLACES, fieldAt } from './model';

/** The code of Bernoulli units in pipeline/visible.ts; the other kind of units here is `index`. */
const BERNOULLI: i32 = 0;
const RANDOM_BYTES: usize = 64;

/** Bytes of a model, in f64 so that nothing overflows. */
function bytesOf(fields: f64, states: f64): f64 {
  return <f64>(offsetof<Model>() + PLACES * offsetof<Place>() + RANDOM_BYTES + 7 * ARRAY_OVERHEAD) +
    fields * <f64>(offsetof<Field>() + 8) + states * 8;
}

/** A field of an index group, or `size` fields of Bernoulli units. */
function enterFields(model: Model, kind: i32, size: i32, first: i32, counts: usize): i32 {
  const bernoulli = kind == BERNOULLI, count = bernoulli ? size : 1, states = bernoulli ? 2 : size;
  for (let i = 0; i < count; i++) {
    const field = fieldAt(model, first + i);
    field.counts = counts + <usize>i * 16;
    field.states = states;
    field.bernoulli = i32(bernoulli);
  }
  return count;
}

/** A new model in the arena, or 0 when there is no memory for it. */
export function createModel(groups: usize, groupCount: i32, options: usize): usize {
  let fields: f64 = 0, states: f64 = 0;
  for (let i = 0; i < groupCount; i++) {
    const size = load<i32>(groups + (<usize>i << 3), 4), bernoulli = load<i32>(groups + (<usize>i << 3)) == BERNOULLI;
    fields += bernoulli ? <f64>size : 1;
    states += bernoulli ? 2 * <f64>size : <f64>size;
  }
  const bytes = bytesOf(fields, states);
  if (bytes >= 4e9) return 0;
  const slot = allocate(<usize>bytes);
  if (slot == 0) return 0;

  const model = changetype<Model>(slot);
  memory.copy(slot, options, OPTION_BYTES);
  model.width = <i32>fields;
  model.states = <i32>states;
  beginLayout(slot);
  take(offsetof<Model>());
  model.places = takePlaces(PLACES);
  model.fields = take(<usize>model.width * offsetof<Field>());
  model.totals = takeVector(model.width, <usize>model.width << 3);
  model.counts = takeVector(model.states, <usize>model.states << 3);
  model.random = takeVector(<i32>(RANDOM_BYTES >> 2), RANDOM_BYTES);

  let first = 0, counts = model.counts;
  for (let i = 0; i < groupCount; i++) {
    const entry = groups + (<usize>i << 3), kind = load<i32>(entry), size = load<i32>(entry, 4);
    first += enterFields(model, kind, size, first, counts);
    counts += <usize>size << (kind == BERNOULLI ? 4 : 3);
  }
  seed(model.random, <u32>model.seed, 0);
  return slot;
}
