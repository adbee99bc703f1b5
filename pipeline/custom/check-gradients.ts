/** Are the derivatives of a definition those of its density? Central differences tell, number by number. */
import type { FamilyOptions, VisibleGroup } from '../experts/product.ts'
import { completeOptions } from '../kernel-family.ts'
import { Random } from '../random.ts'
import { groupsOf } from '../transitions/groups.ts'
import { widthOf } from '../visible.ts'
import { Callbacks } from './callbacks.ts'
import { type CustomDefinition, checkDefinition, checkedParameters, type Parameters } from './definition.ts'
import { optionsOf } from './options.ts'

/** A derivative that is wrong. */
export interface GradientFault {
  /** Name of the parameter, or `row`. */
  readonly name: string
  /** Which of its numbers. */
  readonly index: number
  /** What the callback gave, and what central differences of `logDensity` give. */
  readonly given: number
  readonly measured: number
}

export interface GradientReport {
  /** The worst of each parameter and of the row that is off by more than the tolerance, the worst first. */
  readonly faults: readonly GradientFault[]
  /** The largest difference, relative to the larger of both numbers and of 1e-3. */
  readonly largestError: number
}

export interface GradientCheckOptions {
  /** The layer that the row is of; default: as many real units as it has values. */
  readonly visible?: readonly VisibleGroup[]
  /** Options of the family. */
  readonly options?: FamilyOptions
  /** Where to look; default: what the callback `parameters` begins with. */
  readonly parameters?: Parameters
  /** Relative error that is let pass; default 1e-6. */
  readonly tolerance?: number
}

/** (8 (f(h) − f(−h)) − (f(2h) − f(−2h))) / 12h: the error falls with h⁴, and h is small beside the number and not too small. */
function difference(values: Float64Array, index: number, f: () => number): number {
  const own = values[index]
  const h = 1e-3 * Math.max(1, Math.abs(own))
  const at = (offset: number) => {
    values[index] = own + offset
    return f()
  }
  const slope = (8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h)
  values[index] = own
  return slope
}

/** The largest fault of one array of derivatives. */
function worstOf(
  name: string,
  given: Float64Array,
  values: Float64Array,
  places: Iterable<number>,
  f: () => number,
) {
  let worst = { name, index: 0, given: 0, measured: 0, error: 0 }
  for (const index of places) {
    const measured = difference(values, index, f)
    const error =
      Math.abs(given[index] - measured) / Math.max(Math.abs(given[index]), Math.abs(measured), 1e-3)
    if (!(error <= worst.error)) worst = { name, index, given: given[index], measured, error }
  }
  return worst
}

/**
 * Compare `rowGradient` and `parameterGradient` of a definition with central differences of its `logDensity` at one row:
 * which number of which parameter is wrong, by how much. A row with large and with negative values, and parameters other
 * than zeros, find more. Values on a bound where the density has a corner are reported although nothing is wrong.
 * @throws TypeError and RangeError for what is no definition, and for callbacks that give no finite numbers
 */
export function checkGradients(
  definition: CustomDefinition,
  row: ArrayLike<number>,
  { visible, options = {}, parameters, tolerance = 1e-6 }: GradientCheckOptions = {},
): GradientReport {
  checkDefinition(definition)
  const layer = visible ?? [{ kind: 'real' as const, size: row.length }]
  const rules = optionsOf(definition)
  const complete = completeOptions({ name: definition.name, options: rules }, options)
  const setting = { visible: layer, width: widthOf(layer), options: complete }
  if (row.length !== setting.width) {
    throw new RangeError(
      `Expected a row of ${setting.width} values, the width of the layer, got ${row.length}.`,
    )
  }
  const random = new Random(Number(complete.seed))
  const own = checkedParameters(
    definition.name,
    parameters ?? definition.parameters(setting, () => random.uniform()),
  )
  const callbacks = new Callbacks(definition, setting)
  const place = Float64Array.from(row)
  const f = () => callbacks.finiteLogDensity(place, own)
  const slope = new Float64Array(setting.width)
  callbacks.rowGradient(place, own, slope)
  const slopes = Object.fromEntries(
    Object.entries(own).map(([name, { length }]) => [name, new Float64Array(length)]),
  )
  callbacks.parameterGradient(place, own, slopes)
  const reals = groupsOf(layer).flatMap(({ kind, start }) => (kind === 'real' ? [start] : []))
  const checked = [
    worstOf('row', slope, place, reals, f),
    ...Object.entries(own).map(([name, values]) => worstOf(name, slopes[name], values, values.keys(), f)),
  ].sort((a, b) => b.error - a.error)
  return {
    faults: checked
      .filter(({ error }) => !(error <= tolerance))
      .map(({ name, index, given, measured }) => ({ name, index, given, measured })),
    largestError: checked[0].error,
  }
}
