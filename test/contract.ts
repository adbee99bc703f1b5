/**
 * What every family of experts promises, whatever its mathematics. `checkContract` runs over the list of families: a
 * new one is tested by being listed.
 */
import type { Family, FamilyOptions, VisibleGroup } from '../pipeline/experts/product.ts'
import { checkAnswers } from './contract/answers.ts'
import { checkFamily } from './contract/family.ts'
import { checkRefusals } from './contract/refusals.ts'
import { checkState } from './contract/state.ts'

/** A visible layer of each kind of unit that the family has, and one of all of them. */
function layersOf({ units }: Family): [string, VisibleGroup[]][] {
  const sizes = {
    bernoulli: [13],
    softmax: [4, 2, 9],
    real: [1, 6, 4],
    index: [5, 40, 3],
    tokens: [64],
    count: [4, 1, 9],
    sequence: [7],
  }
  const layers = units.map((kind): [string, VisibleGroup[]] => [
    `${kind} units`,
    sizes[kind].map(size => ({ kind, size })),
  ])
  if (layers.length > 1)
    layers.push(['units of all kinds', layers.flatMap(([, groups]) => [...groups, ...groups])])
  return layers
}

/** The Boltzmann machine takes the sums of CD-1 in another order when it learns many rows at once: assembly/rbm/bulk.ts. */
const roundsInBulk = ({ name }: Family, options: FamilyOptions) =>
  name === 'rbm' && options.persistentChains === 0

export function checkContract(family: Family): void {
  for (const [layer, visible] of layersOf(family)) {
    for (const [use, options] of [
      ['default options', {}],
      ['options for streams', family.streamOptions],
    ] as [string, FamilyOptions][]) {
      const title = `${family.name}, ${layer}, ${use}`
      const subject = { title, family, visible, options, roundsInBulk: roundsInBulk(family, options) }
      checkAnswers(subject)
      checkState(subject)
      checkRefusals(subject)
    }
  }
  checkFamily(family, layersOf(family)[0][1])
}
