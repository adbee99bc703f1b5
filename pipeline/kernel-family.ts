/** What makes a family out of a kernel: rules for its options and arrays, as data, and the checks that follow from them. */

import { show } from './errors.ts'
import type { FamilyOptions, Tensor, Tensors, VisibleGroup } from './experts/product.ts'
import { unitKinds, widthOf } from './visible.ts'

/** An option as a family declares it. */
export interface OptionRule {
  readonly name: string
  readonly default: number | boolean
  /** What is allowed, in words, for the error message. */
  readonly expected: string
  allows(value: number | boolean): boolean
}

/** An array of the kernel as a family names it. */
export interface TensorRule {
  readonly name: string
  readonly type: keyof typeof VIEWS
}

/** By the names of tensors. */
export type Magnitudes = Readonly<Record<string, number>>

/** What a kernel product has to know about its family. */
export interface KernelFamily {
  readonly name: string
  /** The kinds of visible groups that the kernel has units for. */
  readonly units: readonly VisibleGroup['kind'][]
  /** In the order in which the kernel reads them. */
  readonly options: readonly OptionRule[]
  /** In the order in which the kernel lists its arrays. */
  readonly tensors: readonly TensorRule[]
  /** What is better than the defaults for some visible layers. */
  defaultsFor?(visible: readonly VisibleGroup[]): Readonly<FamilyOptions>
  /** Refuse, with a RangeError, options that do not go together. */
  checkOptions?(options: Readonly<FamilyOptions>): void
  /** Refuse, with a RangeError, a visible layer that does not go with the options. */
  checkLayer?(visible: readonly VisibleGroup[], options: Readonly<FamilyOptions>): void
  /** The values that the tensors of such a product have at least: what a file has to bring before memory is taken. */
  leastValues(options: Readonly<FamilyOptions>, visible: readonly VisibleGroup[]): number
  /** H, the number of features of a row. */
  features(options: Readonly<FamilyOptions>, visible: readonly VisibleGroup[]): number
  /**
   * Refuse, with a RangeError, tensors that are wrong together or would mislead the kernel. `magnitudes`: the largest
   * absolute value of each tensor in float32, all of which are finite.
   */
  checkTensors?(
    tensors: Tensors,
    options: Readonly<FamilyOptions>,
    magnitudes: Magnitudes,
    visible: readonly VisibleGroup[],
  ): void
}

/** The views of the kernel's memory by the type that a model file names. */
export const VIEWS = { F32: Float32Array, F64: Float64Array, U32: Uint32Array } as const

/** The most values that a row may have; memory runs out long before. */
const WIDEST = 2 ** 24

/** An option that counts something. */
export function whole(name: string, standard: number, least: number, most = WIDEST): OptionRule {
  return {
    name,
    default: standard,
    expected: `a whole number from ${least} to ${most}`,
    allows: value => Number.isInteger(value) && Number(value) >= least && Number(value) <= most,
  }
}

/** An option that measures something. */
export function real(name: string, standard: number, least: number, most: number): OptionRule {
  return {
    name,
    default: standard,
    expected: `a number from ${least} to ${most}`,
    allows: value => Number(value) >= least && Number(value) <= most,
  }
}

/** An option that is on or off. */
export function flag(name: string, standard: boolean): OptionRule {
  return { name, default: standard, expected: 'true or false', allows: () => true }
}

/**
 * `options` with the defaults filled in, those for the visible layer where it is given. Throws when a name is unknown or a
 * value is not allowed.
 */
export function completeOptions(
  family: Pick<KernelFamily, 'name' | 'options' | 'checkOptions' | 'defaultsFor'>,
  options: FamilyOptions,
  visible: readonly VisibleGroup[] = [],
): FamilyOptions {
  const known = new Set(family.options.map(({ name }) => name))
  for (const name of Object.keys(options)) {
    if (known.has(name)) continue
    throw new RangeError(`Expected options of ${family.name}: ${[...known].join(', ')}; got '${name}'.`)
  }
  const complete: FamilyOptions = {}
  const better = family.defaultsFor?.(visible) ?? {}
  for (const { name, default: standard, expected, allows } of family.options) {
    const value = options[name] ?? better[name] ?? standard
    if (typeof value === 'string' || typeof value !== typeof standard) {
      throw new TypeError(`Expected option ${name} to be ${expected}, got ${JSON.stringify(value)}.`)
    }
    if (!allows(value)) throw new RangeError(`Expected option ${name} to be ${expected}, got ${value}.`)
    complete[name] = value
  }
  family.checkOptions?.(complete)
  return complete
}

const areGroups = (visible: unknown): boolean =>
  Array.isArray(visible) && visible.every(group => typeof group === 'object' && group !== null)

/** Refuse a visible layer that the family has no units for. */
export function checkVisible(family: Pick<KernelFamily, 'units'>, visible: readonly VisibleGroup[]): void {
  if (!areGroups(visible)) {
    throw new TypeError(
      `Expected visible groups as a list, such as [{ kind: '${family.units[0]}', size: 16 }], got ${show(visible)}.`,
    )
  }
  if (visible.length === 0) throw new RangeError('Expected at least one visible group, got none.')
  for (const [index, { kind, size }] of visible.entries()) {
    if (!family.units.includes(kind)) {
      const known = family.units.map(unit => `'${unit}'`).join(' or ')
      throw new RangeError(`Expected visible group ${index} to be ${known}, got '${kind}'.`)
    }
    const { least } = unitKinds[kind]
    if (!Number.isInteger(size) || size < least || size > WIDEST) {
      throw new RangeError(
        `Expected visible group ${index} (${kind}) to have a size from ${least} to ${WIDEST}, got ${show(size)}.`,
      )
    }
  }
  const width = widthOf(visible)
  if (width > WIDEST) throw new RangeError(`Expected a row of at most ${WIDEST} values, got ${width}.`)
}

/** Refuse tensors that are smaller than those of a product with these options and groups. */
export function checkSize(
  family: KernelFamily,
  visible: readonly VisibleGroup[],
  options: FamilyOptions,
  tensors: Tensors,
): void {
  checkVisible(family, visible)
  const complete = completeOptions(family, options, visible)
  family.checkLayer?.(visible, complete)
  const least = family.leastValues(complete, visible)
  const held = Object.values(tensors).reduce((sum, { data }) => sum + data.length, 0)
  if (held >= least) return
  throw new RangeError(
    `Expected at least ${least} values in the tensors of ${family.name}, as its options and fields say, got ${held}.`,
  )
}

/** Refuse a tensor of another type or shape. */
export function checkTensor({ name, type }: TensorRule, shape: readonly number[], tensor: Tensor): void {
  if (!(tensor.data instanceof VIEWS[type])) {
    throw new TypeError(`Expected tensor ${name} as a ${VIEWS[type].name}, got ${kindOf(tensor.data)}.`)
  }
  const length = shape.reduce((product, size) => product * size, 1)
  if (tensor.shape.join() !== shape.join() || tensor.data.length !== length) {
    throw new RangeError(
      `Expected tensor ${name} in shape (${shape.join(', ')}), got (${tensor.shape.join(', ')}) with ` +
        `${tensor.data.length} values; create the product with the options and the visible layer of the saved model.`,
    )
  }
}

const INFINITE = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]

/** Refuse a tensor with values that are not finite; those of float32 by their magnitude, which the kernel knows. */
export function checkFinite(name: string, { data }: Tensor, magnitude?: number): void {
  // What the engine does itself is many times as fast in a program that has just begun.
  const finite =
    magnitude === undefined ? !INFINITE.some(value => data.includes(value)) : magnitude < Infinity
  if (!finite) throw new RangeError(`Expected finite values in tensor ${name}, got others.`)
}

/** A value's kind in an error message. */
export function kindOf(value: unknown): string {
  if (value === null || typeof value !== 'object') return String(value)
  return value.constructor?.name ?? 'an object'
}
