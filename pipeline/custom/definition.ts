/**
 * An energy of the user's own: any f(v) = Σ_m log g_m(v) that can be computed together with its derivatives becomes a
 * family of experts. Contrastive divergence needs no more (Hinton 2002, eq. 6): Δθ ∝ ∂f(data)/∂θ − ∂f(reconstruction)/∂θ,
 * with reconstructions by hybrid Monte Carlo, which needs ∂f/∂v (Teh, Welling, Osindero and Hinton 2003).
 */
import type { Family, FamilyOptions, VisibleGroup } from '../experts/product.ts'
import { kindOf, type OptionRule } from '../kernel-family.ts'

/** Numbers that are learned, by name. */
export type Parameters = Readonly<Record<string, Float64Array>>

/** What every callback is told about the product that it computes for. */
export interface Setting {
  readonly visible: readonly VisibleGroup[]
  /** D, the number of values of a row. */
  readonly width: number
  /** Every option with its default filled in, the family's own among them. */
  readonly options: Readonly<FamilyOptions>
}

/** Kinds of units that a custom energy may have: real ones walk along its gradient, the states of others are enumerated. */
export type CustomUnit = 'real' | 'bernoulli' | 'softmax' | 'index' | 'count'

/**
 * Rows are complete when a callback sees them: D numbers in float64, of softmax groups one-hot. Callbacks are pure: the
 * same answer to the same row and parameters, and nothing of either is changed.
 */
export interface CustomDefinition
  extends Partial<Pick<Family, 'encodings' | 'streamOptions' | 'lightOptions' | 'relativeTo'>> {
  /** As in the option `experts`: lower-case letters, digits and hyphens. */
  readonly name: string
  /** Kinds of visible groups that the energy is defined for; default: real ones. */
  readonly units?: readonly CustomUnit[]
  /** Options of the family's own, beside those that all custom families have: see `whole`, `real` and `flag`. */
  readonly options?: readonly OptionRule[]
  /** Initial values of all parameters, by name; their lengths stay. `uniform`: a seeded source of numbers in [0, 1). */
  parameters(setting: Setting, uniform: () => number): Parameters
  /** f(v) = Σ_m log g_m(v), in nats, up to a constant; finite for every finite row. */
  logDensity(row: Float64Array, parameters: Parameters, setting: Setting): number
  /** ∂f/∂v into `gradient`, which holds D zeros; those of real units count. */
  rowGradient(row: Float64Array, parameters: Parameters, gradient: Float64Array, setting: Setting): void
  /** ∂f/∂θ into `gradient`, which holds zeros in the shape of the parameters. */
  parameterGradient(row: Float64Array, parameters: Parameters, gradient: Parameters, setting: Setting): void
  /** Put parameters back to where they mean something, in place, after each step: positive scales, unit vectors. */
  project?(parameters: Parameters, setting: Setting): void
  /** Starting points from the first rows, in place; they have no missing values left. Called once, before learning. */
  initialise?(rows: readonly Float64Array[], parameters: Parameters, setting: Setting): void
  /** Features of a row for `transformOne`; default: f(v), one number. */
  features?(row: Float64Array, parameters: Parameters, setting: Setting): ArrayLike<number>
}

const UNITS: readonly string[] = ['real', 'bernoulli', 'softmax', 'index', 'count']
const CALLBACKS = ['parameters', 'logDensity', 'rowGradient', 'parameterGradient'] as const
const OPTIONAL = ['project', 'initialise', 'features'] as const
const NAME = /^[a-z][a-z0-9-]*$/
/** What a parameter may be called: it is part of a tensor's name. */
const PARAMETER = /^[A-Za-z][A-Za-z0-9_]*$/

/** Refuse what is no definition: a TypeError for wrong kinds, a RangeError for wrong values. */
export function checkDefinition(definition: CustomDefinition): void {
  if (typeof definition !== 'object' || definition === null) {
    throw new TypeError(
      `Expected the definition of a family, { name, logDensity, … }, got ${kindOf(definition)}.`,
    )
  }
  if (typeof definition.name !== 'string' || !NAME.test(definition.name)) {
    throw new RangeError(
      `Expected the name of the family in lower-case letters, digits and hyphens, got ${JSON.stringify(definition.name)}.`,
    )
  }
  for (const callback of CALLBACKS) {
    if (typeof definition[callback] === 'function') continue
    throw new TypeError(
      `Expected ${callback} of the family ${definition.name} as a function, got ${kindOf(definition[callback])}.`,
    )
  }
  for (const callback of OPTIONAL) {
    if (definition[callback] === undefined || typeof definition[callback] === 'function') continue
    throw new TypeError(
      `Expected ${callback} of the family ${definition.name} as a function or nothing, got ${kindOf(definition[callback])}.`,
    )
  }
  const unknown = (definition.units ?? []).find(unit => !UNITS.includes(unit))
  if (unknown !== undefined || definition.units?.length === 0) {
    throw new RangeError(
      `Expected units of the family ${definition.name} among ${UNITS.join(', ')}, got ${unknown ?? 'none'}.`,
    )
  }
}

/** Refuse what the callback `parameters` may not give; a copy of it otherwise. */
export function checkedParameters(name: string, parameters: unknown): Record<string, Float64Array> {
  const entries = Object.entries((parameters ?? {}) as Record<string, unknown>)
  if (entries.length === 0) {
    throw new TypeError(`Expected parameters of the family ${name} as Float64Arrays by name, got none.`)
  }
  const copies = entries.map(([key, values]) => {
    if (!PARAMETER.test(key)) {
      throw new RangeError(`Expected names of parameters of ${name} in letters and digits, got '${key}'.`)
    }
    if (!(values instanceof Float64Array)) {
      throw new TypeError(`Expected parameter ${key} of ${name} as a Float64Array, got ${kindOf(values)}.`)
    }
    if (values.length === 0 || !values.every(Number.isFinite)) {
      throw new RangeError(
        `Expected parameter ${key} of ${name} to begin with finite values, got others or none.`,
      )
    }
    return [key, values.slice()] as const
  })
  return Object.fromEntries(copies)
}
