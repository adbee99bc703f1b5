/**
 * What every family of experts promises, whatever its mathematics. `checkContract` runs over the list of families: a
 * new one is tested by being listed.
 */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { uniforms } from '../fixtures/random.ts'
import type { Family, FamilyOptions, VisibleGroup } from '../pipeline/experts/product.ts'
import { checkAnswers } from './contract/answers.ts'
import { checkFamily } from './contract/family.ts'
import { checkGradients } from './contract/gradients.ts'
import { checkRefusals } from './contract/refusals.ts'
import { checkState } from './contract/state.ts'
import { checkConditionals, checkStationarity } from './contract/stationarity.ts'
import type { Oracle } from './reference/oracle.ts'
import { randomRows } from './reference/rows.ts'

/** What the file of a family in test/reference/ has for the contract. */
export interface Reference {
  /** Required of every family that offers `learnPair`. */
  readonly oracle?: (visible: readonly VisibleGroup[], options: FamilyOptions) => Oracle
  /** The layers to look at, where the family does not take units of its kinds in any number and order. */
  readonly layers?: readonly (readonly VisibleGroup[])[]
}

const SIZES: Readonly<Record<VisibleGroup['kind'], readonly number[]>> = {
  bernoulli: [13],
  softmax: [4, 2, 9],
  real: [1, 6, 4],
  index: [5, 40, 3],
  tokens: [64],
  count: [4, 1, 9],
  sequence: [7],
}

const nameOf = (visible: readonly VisibleGroup[]) =>
  `${[...new Set(visible.map(({ kind }) => kind))].join(', ')} units`

/** A visible layer of each kind of unit that the family has, and one of all of them. */
export function layersOf({ units }: Family, { layers }: Reference): [string, readonly VisibleGroup[]][] {
  if (layers) return layers.map(visible => [nameOf(visible), visible])
  const each = units.map((kind): [string, VisibleGroup[]] => [
    `${kind} units`,
    SIZES[kind].map(size => ({ kind, size })),
  ])
  if (each.length > 1) each.push(['units of all kinds', each.flatMap(([, groups]) => [...groups, ...groups])])
  return each
}

/** Layers with so few states, or values, that the distribution over them is known. */
function smallLayersOf({ units }: Family): VisibleGroup[][] {
  const small: VisibleGroup[] = [
    { kind: 'bernoulli', size: 3 },
    { kind: 'softmax', size: 3 },
    { kind: 'count', size: 3 },
  ]
  const together = small.filter(({ kind }) => units.includes(kind))
  const apart: VisibleGroup[][] = [
    [{ kind: 'real', size: 1 }],
    [{ kind: 'real', size: 2 }],
    new Array(3).fill({ kind: 'index', size: 3 }),
    [{ kind: 'sequence', size: 4 }],
  ]
  return [...(together.length > 0 ? [together] : []), ...apart.filter(([{ kind }]) => units.includes(kind))]
}

/** Do latent variables speak of these units by natural parameters? */
const haveNatural = (visible: readonly VisibleGroup[]) =>
  !visible.some(({ kind }) => kind === 'index' || kind === 'sequence')

/** Rows of such a layer whose values depend on each other; real ones are about 1. */
function smallRows(visible: readonly VisibleGroup[]): Float32Array {
  const rows = randomRows(visible, 400, uniforms(43))
  if (visible[0].kind !== 'real') return rows
  const uniform = uniforms(44)
  const width = visible[0].size
  for (let i = 0; i < rows.length; i++) {
    const spread = uniform() + uniform() + uniform() - 1.5
    const side = uniform() < 0.3 ? 1.5 : -0.5
    rows[i] = i % width === 0 ? side + spread : 0.6 * rows[i - 1] + 0.7 * spread
  }
  return rows
}

/** The Boltzmann machine takes the sums of CD-1 in another order when it learns many rows at once: assembly/rbm/bulk.ts. */
const roundsInBulk = ({ name }: Family, options: FamilyOptions) =>
  name === 'rbm' && options.persistentChains === 0

export function checkContract(family: Family, reference: Reference = {}): void {
  const layers = layersOf(family, reference)
  for (const [layer, visible] of layers) {
    for (const [use, options] of [
      ['default options', {}],
      ['options for streams', family.streamOptions],
    ] as [string, FamilyOptions][]) {
      const title = `${family.name}, ${layer}, ${use}`
      const subject = { title, family, visible, options, roundsInBulk: roundsInBulk(family, options) }
      checkAnswers(subject)
      checkState(subject)
      checkRefusals(subject)
      if (reference.oracle) checkGradients(subject, reference.oracle(visible, options))
    }
  }
  checkFamily(family, layers[0][1])
  for (const visible of smallLayersOf(family)) {
    const { walk, addConditional } = family.create(visible)
    if (walk) checkStationarity(family, visible, smallRows(visible))
    if (walk && addConditional && haveNatural(visible)) checkConditionals(family, visible, smallRows(visible))
  }
  if (family.create(layers[0][1]).learnPair) checkOracle(family, reference)
}

function checkOracle({ name }: Family, { oracle }: Reference): void {
  test(`${name}: what offers learnPair has an oracle that it is checked against`, () => {
    assert.type(oracle, 'function', `Expected test/reference/${name}.ts to export oracle.`)
  })
}
