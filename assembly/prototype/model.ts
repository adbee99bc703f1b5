// A product of prototype experts in one block of memory, from its options to its last generator.
//
// Shapes: D visible values, E experts, K fields that an expert looks at, P centres of an expert, R rows of the reservoir,
// V views.
//   centres (E, K, P), centres innermost: a value of the row meets four centres of one field in one vector, and no sum
//   over lanes is needed. A line of P centres takes `lineBytes`, padded with zeros to 16 bytes.
//   reservoir (D, R), a field's values side by side, because scales are found field by field.
//
//   | options, counters, shape, places | fields | arrays … |

/** The order in which a caller finds the places. */
export const PLACES: i32 = 9;
/** Values beyond it count as it: 2^126, so that no difference of two values overflows. */
export const LARGEST: f32 = 8.507059173023462e37;
/** What a distance counts as at most: its logarithm has to be finite. */
export const FARTHEST: f32 = 1e38;

@unmanaged
export class Model {
  // Options, in the order in which a caller hands them over.
  expertCount: f64;
  centreCount: f64;
  decay: f64;
  fieldShare: f64;
  learningRate: f64;
  reservoirCount: f64;
  seed: f64;

  // Counters.
  /** Rows learned or noticed so far. */
  seen: f64;
  /** Rows that `initialise` found scales from. */
  initial: f64;
  /** Rows in the reservoir. */
  kept: f64;

  // Shape.
  width: i32;
  experts: i32;
  /** P, centres that an expert has room for. */
  room: i32;
  /** K, fields that an expert looks at. */
  looked: i32;
  /** R, learned rows from which robust scales are found. */
  reservoirRows: i32;
  /** Bytes of D values padded to a multiple of 16. */
  rowBytes: usize;
  lineBytes: usize;
  /** Bytes of the centres of an expert. */
  expertBytes: usize;
  /** Bytes from a field of the reservoir to the next. */
  reservoirBytes: usize;
  /** Bytes of the bits that say what a field of the reservoir has. */
  presentBytes: usize;
  places: usize;

  // Arrays.
  centres: usize;
  /** How many centres an expert has, as u32 (E). */
  counts: usize;
  /** The fields that an expert looks at, ascending, as u32 (E, K). */
  fields: usize;
  /** 1 / s (V, D); 0 for a field that has been constant so far. */
  scales: usize;
  /** Values seen, their mean, and the sum of squares about it, as f64 (3, D). */
  moments: usize;
  reservoir: usize;
  /** One bit for every value of the reservoir that is there, as u32 (D, ⌈R / 32⌉). */
  present: usize;
  /** Two generators of 64 bytes: one for learning, one for `sample`. */
  random: usize;
}

export const OPTION_BYTES: usize = offsetof<Model>('seen');

// @ts-ignore: decorator
@inline export function learningRandom(model: Model): usize {
  return model.random;
}

// @ts-ignore: decorator
@inline export function samplingRandom(model: Model): usize {
  return model.random + 64;
}

// @ts-ignore: decorator
@inline export function countOf(model: Model, expert: i32): i32 {
  return load<i32>(model.counts + (<usize>expert << 2));
}

/** The number of the k-th field that an expert looks at. */
// @ts-ignore: decorator
@inline export function fieldAt(model: Model, expert: i32, k: i32): i32 {
  return load<i32>(model.fields + ((<usize>expert * <usize>model.looked + <usize>k) << 2));
}

/** The place of a field in an expert's list, or -1 when the expert does not look at it. */
export function placeOf(model: Model, expert: i32, field: i32): i32 {
  if (model.looked == model.width) return field;
  for (let k = 0; k < model.looked; k++) if (fieldAt(model, expert, k) == field) return k;
  return -1;
}

/** The address of one value of a centre. */
// @ts-ignore: decorator
@inline export function centreValue(model: Model, expert: i32, k: i32, centre: i32): usize {
  return model.centres + <usize>expert * model.expertBytes + <usize>k * model.lineBytes + (<usize>centre << 2);
}

/** Address of a moment of a field: 0 the count, 1 the mean, 2 the sum of squares. */
// @ts-ignore: decorator
@inline export function moment(model: Model, which: i32, field: i32): usize {
  return model.moments + ((<usize>which * <usize>model.width + <usize>field) << 3);
}

// @ts-ignore: decorator
@inline export function scaleAt(model: Model, view: i32, field: i32): usize {
  return model.scales + <usize>view * model.rowBytes + (<usize>field << 2);
}
