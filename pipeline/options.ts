/** The options of a detector, and what is allowed. */

import { AUTO, automaticFor } from './choice.ts'
import { MOST_NAMED } from './encoders/index-of.ts'
import { fieldKinds } from './encoders/kinds.ts'
import { show } from './errors.ts'
import { familyAmong } from './experts/among.ts'
import type { Family, FamilyOptions, FieldKind, Kernels } from './experts/product.ts'
import { checkTaken } from './family-options.ts'
import { checkKernels } from './kernel-source.ts'
import type { Notice } from './records.ts'
import { checkUnits, type Units } from './units.ts'

export interface DetectorOptions {
  /** `auto`, which chooses by the kinds of fields that it finds, or the name of a family; default 'auto', or the only one. */
  readonly experts?: string
  /** Options for the experts, over their options for streams; where several work together each takes those it allows. */
  readonly family?: FamilyOptions
  /** Of all random choices; a whole number from 0 to 2³² − 1, default 1. */
  readonly seed?: number
  /** An anomaly is a record with p < alpha; default 0.01. */
  readonly alpha?: number
  /** Fields that are neither scored nor learned. */
  readonly ignore?: readonly string[]
  /** Kinds of fields, given instead of inferred. */
  readonly kinds?: Readonly<Record<string, FieldKind>>
  /**
   * Units of numbers, in families that have several: `bins`, `gaussian` or `binomial` for all of them, or by the names of
   * fields, which then are numbers. Of several families that work together each takes what it has. Default: each
   * family's own.
   */
  readonly units?: Units
  /** Records before the first score; default 8. */
  readonly warmup?: number
  /**
   * Records for which a burst of anomalies is kept from being learned and counted as normal; what lasts longer is taken
   * for the new normal. 0: everything is learned. Default 2000.
   */
  readonly protect?: number
  /** Most fields that are taken up; of more, those with the most values. From 1 to 16,384, default 1024. */
  readonly maxFields?: number
  /**
   * Most values of a field that get a state of their own, from 1 to 256, the default; families that pay for every state
   * have lower limits. All others count as one.
   */
  readonly maxCategories?: number
  /** Most reasons for one record, 0 for none; default 3. */
  readonly why?: number
  /** Which records get reasons: those are most of what a record costs. Default 'all'. */
  readonly explain?: 'all' | 'anomalies'
  /** Which WebAssembly runs the families; default: what is embedded. Not saved. */
  readonly kernels?: Kernels
  /** Called for every value that could not be used as it stands. */
  readonly onNotice?: (notice: Notice) => void
}

/** Options where the families of experts are the caller's to bring: a bundle holds only those that are named. */
export interface FamilyDetectorOptions extends DetectorOptions {
  /** Those that may be chosen, and that a loaded model may be made of. */
  readonly families: readonly Family[]
}

/** What of a detector's options holds for the running program and is not saved with the model. */
export type DetectorOverrides = Pick<DetectorOptions, 'alpha' | 'why' | 'explain' | 'onNotice' | 'kernels'>

/** Refuse what is no whole number within these bounds. */
export function wholeNumber(name: string, value: unknown, least: number, most: number): void {
  if (typeof value !== 'number') {
    throw new TypeError(`Expected ${name} as a whole number from ${least} to ${most}, got ${show(value)}.`)
  }
  if (!Number.isInteger(value) || value < least || value > most) {
    throw new RangeError(`Expected ${name} as a whole number from ${least} to ${most}, got ${value}.`)
  }
}

function checkAlpha(alpha: unknown): void {
  if (typeof alpha !== 'number') throw new TypeError(`Expected alpha as a number, got ${show(alpha)}.`)
  if (!(alpha > 0 && alpha < 1)) {
    throw new RangeError(`Expected alpha between 0 and 1, the share of false alarms, got ${alpha}.`)
  }
}

function checkNames({ ignore, kinds }: CompleteOptions): void {
  if (!Array.isArray(ignore) || !ignore.every(name => typeof name === 'string')) {
    throw new TypeError(`Expected ignore as a list of names of fields, got ${show(ignore)}.`)
  }
  for (const [field, kind] of Object.entries(kinds)) {
    if (fieldKinds.includes(kind)) continue
    throw new RangeError(
      `Expected the kind of field ${show(field)} as ${fieldKinds.join(', ')}, got ${show(kind)}.`,
    )
  }
}

/** Otherwise a wrong value would be found at the first fit, in the middle of a stream. */
function checkFamilyOptions(
  { experts, family, units, kinds }: CompleteOptions,
  families: readonly Family[],
): void {
  const isAuto = experts === AUTO
  const chosen = isAuto ? families : [familyAmong(families, experts)]
  checkTaken(chosen, family)
  checkUnits(units, isAuto ? automaticFor('number', families) : chosen, kinds)
}

function checkFamilies(families: unknown): void {
  const isList = Array.isArray(families) && families.length > 0 && families.every(family => family?.create)
  if (isList && new Set(families.map(({ name }) => name)).size === families.length) return
  throw new TypeError(
    `Expected families as a list of different families of experts, such as [prototype], got ${show(families)}.`,
  )
}

/** Refuse kernels none of which is for one of the families: a name is misspelt. */
function checkNamesOf(kernels: Kernels | undefined, families: readonly Family[]): void {
  checkKernels(kernels)
  const names = Object.keys(kernels ?? {})
  if (names.length === 0 || families.some(({ name }) => names.includes(name))) return
  throw new RangeError(
    `Expected kernels of the families ${families.map(({ name }) => name).join(', ')}, got those of ${names.join(', ')}.`,
  )
}

/** What options were called that are gone, and what is in their place. */
const GONE: Readonly<Record<string, string>> = {
  relaxed: "import { relaxed } from 'veto/relaxed' and give it as the option kernels",
  module: 'give modules by the names of families as the option kernels',
}

function checkKnown(options: object, complete: object): void {
  const known = [...Object.keys(complete), 'families', 'kernels', 'onNotice']
  const unknown = Object.keys(options).find(name => !known.includes(name))
  if (unknown === undefined) return
  const expected = GONE[unknown] ?? known.join(', ')
  throw new RangeError(`Expected options of a detector (${expected}), got ${show(unknown)}.`)
}

function checkExplain(explain: unknown): void {
  if (explain === 'all' || explain === 'anomalies') return
  throw new RangeError(`Expected explain as 'all' or 'anomalies', got ${show(explain)}.`)
}

/** Plain JSON, which is saved with a model, all but `explain`. */
export type CompleteOptions = Required<Omit<DetectorOptions, 'kernels' | 'onNotice'>>

/** `options` with the defaults filled in. Throws what is wrong with them. */
export function completeOptions(options: FamilyDetectorOptions): CompleteOptions {
  checkFamilies(options?.families)
  const complete: CompleteOptions = {
    experts: options.experts ?? (options.families.length > 1 ? AUTO : options.families[0].name),
    family: options.family ?? {},
    seed: options.seed ?? 1,
    alpha: options.alpha ?? 0.01,
    ignore: options.ignore ?? [],
    kinds: options.kinds ?? {},
    units: options.units ?? {},
    warmup: options.warmup ?? 8,
    protect: options.protect ?? 2000,
    maxFields: options.maxFields ?? 1024,
    maxCategories: options.maxCategories ?? MOST_NAMED,
    why: options.why ?? 3,
    explain: options.explain ?? 'all',
  }
  wholeNumber('seed', complete.seed, 0, 2 ** 32 - 1)
  wholeNumber('warmup', complete.warmup, 1, 2 ** 20)
  wholeNumber('protect', complete.protect, 0, 2 ** 32)
  wholeNumber('maxFields', complete.maxFields, 1, 2 ** 14)
  wholeNumber('maxCategories', complete.maxCategories, 1, MOST_NAMED)
  wholeNumber('why', complete.why, 0, 2 ** 20)
  checkAlpha(complete.alpha)
  checkNames(complete)
  checkKnown(options, complete)
  checkNamesOf(options.kernels, options.families)
  checkExplain(complete.explain)
  checkFamilyOptions(complete, options.families)
  return complete
}
