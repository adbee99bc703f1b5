// From a caller's row to the units that are on, and back.
import { splat } from '../simd';
import { copy } from '../vectors';
import { MOST, Model, groupAt } from './model';
import {
  Visible, countOf, data, membersOf, padSlots, setCountOf, slotCount, slotFirsts, slotSizes, takeAllSlots, takeNoSlots,
  takeSlot,
} from './workspace';

/** Put a unit in its place among `count` ascending ones, unless it is there; returns how many there are then. */
function insert(members: usize, count: i32, unit: i32): i32 {
  let place = count;
  while (place > 0 && load<i32>(members + (<usize>(place - 1) << 2)) > unit) place--;
  if (place > 0 && load<i32>(members + (<usize>(place - 1) << 2)) == unit) return count;
  const at = members + (<usize>place << 2);
  if (place < count) memory.copy(at + 4, at, <usize>(count - place) << 2);
  store<i32>(at, unit);
  return count + 1;
}

/** Is the unit among `count` members? Those behind them, up to a whole vector, do not count. */
export function contains(members: usize, count: i32, unit: i32): bool {
  const wanted = i32x4.splat(unit);
  let at = 0;
  for (; at + 4 <= count; at += 4) {
    if (v128.any_true(i32x4.eq(v128.load(members + (<usize>at << 2)), wanted))) return true;
  }
  const last = i32x4.bitmask(i32x4.eq(v128.load(members + (<usize>at << 2)), wanted));
  return (last & ((1 << (count - at)) - 1)) != 0;
}

/** Which of four values are whole numbers from 0 to below those of `sizes`. */
// @ts-ignore: decorator
@inline function areStates(value: v128, state: v128, sizes: v128): v128 {
  const within = v128.and(f32x4.ge(value, splat(0)), f32x4.lt(value, sizes));
  return v128.and(within, f32x4.eq(value, f32x4.convert_i32x4_s(state)));
}

/** Four units that were read. */
const four: usize = memory.data(16, 16);

/** Read one set from MOST values. False when one of them is neither missing nor the number of a unit. */
function readSet(values: usize, first: i32, size: i32, visible: Visible, index: i32): bool {
  const members = membersOf(visible, index), sizes = splat(<f32>size), firsts = i32x4.splat(first);
  let count = 0;
  for (const stop = values + (<usize>MOST << 2); values < stop; values += 16) {
    const value = v128.load(values), there = f32x4.eq(value, value);
    if (!v128.any_true(there)) continue;
    const state = i32x4.trunc_sat_f32x4_s(value);
    if (v128.any_true(v128.andnot(there, areStates(value, state, sizes)))) return false;
    v128.store(four, i32x4.add(firsts, state));
    for (let bits = i32x4.bitmask(there); bits != 0; bits &= bits - 1) {
      count = insert(members, count, load<i32>(four + (<usize>ctz(bits) << 2)));
    }
  }
  setCountOf(visible, index, count);
  return true;
}

/** Read a row of states of which none is missing, four at a time. False when one is, or cannot be used. */
function readAllStates(model: Model, row: usize, visible: Visible): bool {
  takeAllSlots(model);
  let misfits = i32x4.splat(0);
  for (let slot = 0; slot < slotCount; slot += 4) {
    const at = <usize>slot << 2, value = v128.load(row + at), state = i32x4.trunc_sat_f32x4_s(value);
    v128.store(visible.choices + at, i32x4.add(v128.load(slotFirsts + at), state));
    const counts = i32x4.lt_s(i32x4(0, 1, 2, 3), i32x4.splat(slotCount - slot));
    misfits = v128.or(misfits, v128.andnot(counts, areStates(value, state, v128.load(slotSizes + at))));
  }
  return !v128.any_true(misfits);
}

/** Read any row. */
function readGroups(model: Model, row: usize, visible: Visible): bool {
  let set = 0;
  takeNoSlots();
  for (let g = 0; g < model.groupCount; g++) {
    const group = groupAt(model, g);
    if (group.isSet) {
      if (!readSet(row, group.first, group.size, visible, set)) return false;
      set++;
      row += <usize>MOST << 2;
      continue;
    }
    const value = load<f32>(row);
    row += 4;
    if (value >= 0 && value < <f32>group.size && value == Mathf.floor(value)) {
      store<i32>(visible.choices + takeSlot(group.first, group.size), group.first + <i32>value);
    } else if (value == value) return false;
  }
  return true;
}

/** Read a row into `data`. False when a value is neither missing nor the number of a unit of its group. */
export function readRow(model: Model, row: usize): bool {
  const visible = data();
  const usable = (model.setCount == 0 && readAllStates(model, row, visible)) || readGroups(model, row, visible);
  padSlots(visible);
  return usable;
}

/** Is nothing there? */
export function isEmpty(model: Model, visible: Visible): bool {
  let count = slotCount;
  for (let s = 0; s < model.setCount; s++) count += countOf(visible, s);
  return count == 0;
}

export function copyVisible(model: Model, from: Visible, to: Visible): void {
  copy(from.choices, to.choices, <usize>slotCount << 2);
  for (let s = 0; s < model.setCount; s++) {
    const count = countOf(from, s);
    setCountOf(to, s, count);
    copy(membersOf(from, s), membersOf(to, s), <usize>count << 2);
  }
}

/** Ascending, in place. */
function sort(members: usize, count: i32): void {
  for (let i = 1; i < count; i++) insert(members, i, load<i32>(members + (<usize>i << 2)));
}

/** Write units as a row, D values; no group is missing. NaN behind the last unit of a set. */
export function writeRow(model: Model, visible: Visible, out: usize): void {
  let choice = visible.choices, set = 0;
  for (let g = 0; g < model.groupCount; g++) {
    const group = groupAt(model, g);
    if (!group.isSet) {
      store<f32>(out, <f32>(load<i32>(choice) - group.first));
      choice += 4;
      out += 4;
      continue;
    }
    const members = membersOf(visible, set), count = countOf(visible, set);
    sort(members, count);
    for (let i = 0; i < MOST; i++) {
      store<f32>(out, i < count ? <f32>(load<i32>(members + (<usize>i << 2)) - group.first) : NaN);
      out += 4;
    }
    set++;
  }
}
