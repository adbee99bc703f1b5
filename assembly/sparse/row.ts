// From a caller's row to the units that are on, and back.
import { MOST, Model, groupAt } from './model';
import {
  Visible, countOf, data, membersOf, setCountOf, setSlotCount, slotCount, slotFirsts, slotSizes,
} from './workspace';

/** Put a unit in its place among `count` ascending ones; returns how many there are then. One that is there stays one. */
export function insert(members: usize, count: i32, unit: i32): i32 {
  let place = count;
  while (place > 0 && load<i32>(members + (<usize>(place - 1) << 2)) > unit) place--;
  if (place > 0 && load<i32>(members + (<usize>(place - 1) << 2)) == unit) return count;
  const at = members + (<usize>place << 2);
  memory.copy(at + 4, at, <usize>(count - place) << 2);
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

/** Read one set from MOST values. False when one of them is neither missing nor the number of a unit. */
function readSet(values: usize, first: i32, size: i32, visible: Visible, index: i32): bool {
  const members = membersOf(visible, index);
  let count = 0;
  for (let i = 0; i < MOST; i++) {
    const value = load<f32>(values + (<usize>i << 2));
    if (value != value) continue;
    if (!(value >= 0 && value < <f32>size) || value != Mathf.floor(value)) return false;
    count = insert(members, count, first + <i32>value);
  }
  setCountOf(visible, index, count);
  return true;
}

/** Slots behind the last one, which fill up a vector: groups of one state. */
function padSlots(visible: Visible): void {
  const at = <usize>slotCount << 2;
  v128.store(visible.choices + at, i32x4.splat(0));
  v128.store(slotFirsts + at, i32x4.splat(0));
  v128.store(slotSizes + at, f32x4.splat(1));
}

/** Read a row into `data`. False when a value is neither missing nor the number of a unit of its group. */
export function readRow(model: Model, row: usize): bool {
  const visible = data();
  let slot: usize = 0, set = 0;
  for (let g = 0; g < model.groupCount; g++) {
    const group = groupAt(model, g);
    if (group.isSet) {
      if (!readSet(row, group.first, group.size, visible, set)) return false;
      set++;
      row += <usize>MOST << 2;
      continue;
    }
    const value = load<f32>(row), size = <f32>group.size;
    row += 4;
    if (value >= 0 && value < size && value == Mathf.floor(value)) {
      store<i32>(visible.choices + slot, group.first + <i32>value);
      store<i32>(slotFirsts + slot, group.first);
      store<f32>(slotSizes + slot, size);
      slot += 4;
    } else if (value == value) return false;
  }
  setSlotCount(<i32>(slot >> 2));
  padSlots(visible);
  return true;
}

/** Is nothing there? */
export function isEmpty(model: Model, visible: Visible): bool {
  let count = slotCount;
  for (let s = 0; s < model.setCount; s++) count += countOf(visible, s);
  return count == 0;
}

export function copyVisible(model: Model, from: Visible, to: Visible): void {
  memory.copy(to.choices, from.choices, <usize>(slotCount + 3) << 2 & ~15);
  for (let s = 0; s < model.setCount; s++) {
    const count = countOf(from, s);
    setCountOf(to, s, count);
    memory.copy(membersOf(to, s), membersOf(from, s), <usize>count << 2);
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
