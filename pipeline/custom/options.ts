/** Options that every custom family has, and the defaults of what a definition leaves out. */
import type { Encoding, FieldKind } from '../experts/product.ts'
import { type OptionRule, real, whole } from '../kernel-family.ts'
import type { CustomDefinition, CustomUnit } from './definition.ts'

const common: readonly OptionRule[] = [
  /** k, trajectories (and visits to units that have states) from a row to its reconstruction. */
  whole('cdSteps', 1, 1, 10_000),
  /** C, chains that go on from row to row; 0: chains start at the data. */
  whole('persistentChains', 0, 0, 2 ** 16),
  /** Rows whose differences are averaged before the parameters move. */
  whole('batchSize', 1, 1, 2 ** 20),
  real('learningRate', 0.01, 0, 1e6),
  /** η_t = max(floor, η / √(1 + t / decay)) after t rows; 0: constant. */
  real('learningRateDecay', 0, 0, 1e15),
  real('learningRateFloor', 0, 0, 1e6),
  /** The Euclidean norm beyond which the difference of a row is scaled down: single rows far out cannot ruin a model. */
  real('gradientLimit', 100, 0, 1e15),
  /** Leapfrog steps of a trajectory. */
  whole('leapfrogSteps', 10, 1, 10_000),
  /** The first step, in units of the row; learning adapts it to an acceptance of .8. */
  real('stepSize', 0.1, 1e-9, 1e9),
  whole('seed', 1, 0, 2 ** 32 - 1),
]

/** The family's own options, then the common ones, `seed` last. */
export function optionsOf({ name, options = [] }: CustomDefinition): readonly OptionRule[] {
  const taken = options.find(own => common.some(other => other.name === own.name))
  if (taken) {
    throw new RangeError(
      `Expected options of the family ${name} beside those of all custom families, got '${taken.name}' again; ` +
        'give other defaults in streamOptions, or another name.',
    )
  }
  return [...options, ...common]
}

const encodingOf: Readonly<Record<CustomUnit, Partial<Record<FieldKind, Encoding>>>> = {
  real: { number: 'real', boolean: 'real' },
  bernoulli: { boolean: 'bit' },
  softmax: { category: 'one-hot' },
  index: { category: 'index' },
  count: {},
}

/** Encodings by the kinds of units, unless the definition has its own. */
export function encodingsOf(units: readonly CustomUnit[]): Partial<Record<FieldKind, Encoding>> {
  return Object.assign({}, ...units.map(unit => encodingOf[unit]))
}
