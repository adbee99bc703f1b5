/**
 * Laying out a model: its arrays stand one behind the other, and those that belong to its state are entered in a table of
 * places, from which a caller saves and restores them. A first pass from address 0 measures; a second one, from the
 * address of the block that was allocated, places.
 */

/** Bytes of zeros after every array: a load of four values may begin at its last one. */
const GUARD: usize = 32;
/** Arrays begin at multiples of a cache line. */
const LINE: usize = 64;

/** Where a named array stands. `rows` = 0: the model does not have it. `stride` = 0: a vector of `columns` values. */
@unmanaged
export class Place {
  pointer: usize;
  rows: i32;
  columns: i32;
  /** Bytes from one row to the next. */
  stride: usize;
}

/** What an array may cost beyond its values, in bytes. */
export const ARRAY_OVERHEAD: usize = GUARD + LINE;

let start: usize = 0;
let end: usize = 0;
let entry: usize = 0;

/** Begin a pass at `base`, 0 to measure. */
export function beginLayout(base: usize): void {
  start = base;
  end = base;
  entry = 0;
}

/** Take `bytes` for something that is not entered in the table. */
export function take(bytes: usize): usize {
  const pointer = end;
  end = (pointer + bytes + GUARD + (LINE - 1)) & ~(LINE - 1);
  return pointer;
}

/** Take the table itself, for `count` places, which are entered from now on. */
export function takePlaces(count: i32): usize {
  const table = take(<usize>count * offsetof<Place>());
  entry = start != 0 ? table : 0;
  return table;
}

/** Enter an array in the table; one without rows is entered and not there. */
export function list(pointer: usize, rows: i32, columns: i32, stride: usize): usize {
  if (entry != 0) {
    const place = changetype<Place>(entry);
    place.pointer = pointer;
    place.rows = rows;
    place.columns = columns;
    place.stride = stride;
    entry += offsetof<Place>();
  }
  return pointer;
}

/** Take and enter a vector of `bytes`. */
export function takeVector(columns: i32, bytes: usize): usize {
  return list(take(bytes), 1, columns, 0);
}

/** Take and enter a matrix. */
export function takeMatrix(rows: i32, columns: i32, stride: usize): usize {
  return list(take(<usize>rows * stride), rows, columns, stride);
}

/** Bytes that were taken since `beginLayout`. */
export function laidBytes(): usize {
  return end - start;
}
