// Gibbs steps of a chain: h ~ p(h | visible), then visible given h, exactly or by Metropolis and Hastings.
import { activate, activateAndDraw, drive, supportsOf } from './layers';
import { moveChoices, moveSet, offerChoices } from './metropolis';
import { Model, groupAt } from './model';
import { drawSet } from './sets';
import { drawState } from './softmax';
import {
  Visible, countOf, entered, input, logits, membersOf, onward, setCountOf, slotCount, slotFirsts, state,
} from './workspace';

/** Draw one set anew by the logits of its units. */
export function redrawSet(visible: Visible, set: i32, first: i32, size: i32, random: usize): void {
  const members = membersOf(visible, set);
  const count = drawSet(logits, first, size, members, countOf(visible, set), entered, random);
  memory.copy(members, entered, <usize>count << 2);
  setCountOf(visible, set, count);
}

/** All groups drawn exactly. Cost: a multiply-add for every weight. */
function drawVisible(model: Model, visible: Visible, hidden: usize, random: usize): void {
  let slot: usize = 0, set = 0;
  for (let g = 0; g < model.groupCount; g++) {
    const group = groupAt(model, g);
    if (group.isSet) {
      if (countOf(visible, set) > 0) {
        supportsOf(model, group, hidden, logits);
        redrawSet(visible, set, group.first, group.size, random);
      }
      set++;
    } else if (slot < <usize>slotCount << 2 && load<i32>(slotFirsts + slot) == group.first) {
      supportsOf(model, group, hidden, logits);
      store<i32>(visible.choices + slot, group.first + drawState(logits, group.size, random));
      slot += 4;
    }
  }
}

/** All groups moved by Metropolis and Hastings. */
function moveVisible(model: Model, visible: Visible, hidden: usize, random: usize): void {
  moveChoices(model, visible, hidden, random);
  if (model.setCount == 0) return;
  let set = 0;
  for (let g = 0; g < model.groupCount; g++) {
    const group = groupAt(model, g);
    if (!group.isSet) continue;
    const count = countOf(visible, set);
    if (count > 0) setCountOf(visible, set, moveSet(model, group, membersOf(visible, set), count, hidden, random));
    set++;
  }
}

/** `steps` Gibbs steps. `start` = p(h = 1 | ·) of where the chain stands, `onward` of where it ends. */
export function runChain(model: Model, visible: Visible, steps: i32, start: usize, random: usize): void {
  let out = start;
  for (let step = 0; step < steps; step++) {
    // What is proposed does not depend on the hidden units, and is far away, as the rows of what is on are.
    if (model.metropolis != 0) offerChoices(model, visible, random);
    drive(model, visible, input);
    activateAndDraw(model, input, out, state, random);
    if (model.metropolis != 0) moveVisible(model, visible, state, random);
    else drawVisible(model, visible, state, random);
    out = onward;
  }
  drive(model, visible, input);
  activate(model, input, onward);
}
