/**
 * What every family of experts promises, whatever its mathematics. `checkContract` runs over the list of families: a
 * new one is tested by being listed.
 */
import type { Family, FamilyOptions, VisibleGroup } from '../pipeline/experts/product.ts'
import { checkAnswers } from './contract/answers.ts'
import { checkFamily } from './contract/family.ts'
import { checkRefusals } from './contract/refusals.ts'
import { checkState } from './contract/state.ts'

/** Visible layers made of the units that the family's encodings need. */
function layersOf({ encodings }: Family): [string, VisibleGroup[]][] {
  const uses = new Set(Object.values(encodings))
  const bits = (size: number): VisibleGroup => ({ kind: 'bernoulli', size })
  const states = (size: number): VisibleGroup => ({ kind: 'softmax', size })
  const layers: [string, VisibleGroup[]][] = []
  if (uses.has('bit')) layers.push(['bits', [bits(13)]])
  if (uses.has('one-hot') || uses.has('bins')) layers.push(['groups', [states(4), states(2), states(9)]])
  if (layers.length === 2) layers.push(['bits and groups', [bits(1), states(5), bits(1), bits(6), states(3)]])
  return layers
}

export function checkContract(family: Family): void {
  for (const [layer, visible] of layersOf(family)) {
    for (const [use, options] of [
      ['default options', {}],
      ['options for streams', family.streamOptions],
    ] as [string, FamilyOptions][]) {
      const subject = { title: `${family.name}, ${layer}, ${use}`, family, visible, options }
      checkAnswers(subject)
      checkState(subject)
      checkRefusals(subject)
    }
  }
  checkFamily(family, layersOf(family)[0][1])
}
