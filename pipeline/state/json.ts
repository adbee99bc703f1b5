/** JSON of a model file, which may be damaged or made to do harm. */
import { ModelFileError } from '../errors.ts'
import { isDeeperThan } from '../json-depth.ts'

/** Levels of objects and arrays in what a detector writes, and some to spare. */
export const DEEPEST = 40

/** The error of a model file that holds something else than it should. */
export function refuse(expected: string, got: string): never {
  throw new ModelFileError(`Expected a model file with ${expected}, got ${got}; learn a new model.`)
}

/** The value that a text of the metadata stands for. */
export function parse(text: string | undefined, what: string): unknown {
  if (text !== undefined && isDeeperThan(text, DEEPEST)) {
    refuse(`${what} of at most ${DEEPEST} levels of objects and arrays`, 'more')
  }
  try {
    return JSON.parse(text ?? '')
  } catch {
    refuse(`${what} in JSON`, text === undefined ? 'none' : JSON.stringify(text.slice(0, 40)))
  }
}

/** Is a value as it should be? */
export type Check = (value: unknown) => boolean

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
export const isText: Check = value => typeof value === 'string'
export const isNumber: Check = value => Number.isFinite(value)
export const isCount: Check = value => Number.isSafeInteger(value) && Number(value) >= 0
export const isScalar: Check = value => isText(value) || isNumber(value) || typeof value === 'boolean'

export const listOf =
  (check: Check): Check =>
  value =>
    Array.isArray(value) && value.every(check)

export const mapOf =
  (check: Check): Check =>
  value =>
    isObject(value) && Object.values(value).every(check)

/** An object with exactly these members, and perhaps the optional ones. */
export const shapeOf =
  (checks: Readonly<Record<string, Check>>, optional: Readonly<Record<string, Check>> = {}): Check =>
  value =>
    isObject(value) &&
    Object.keys(value).every(name => Object.hasOwn(checks, name) || Object.hasOwn(optional, name)) &&
    Object.entries(checks).every(([name, check]) => Object.hasOwn(value, name) && check(value[name])) &&
    Object.entries(optional).every(([name, check]) => !Object.hasOwn(value, name) || check(value[name]))

/** The value of a text of the metadata that is as it should be. */
export function read<T>(text: string | undefined, what: string, check: Check): T {
  const value = parse(text, what)
  if (!check(value)) refuse(`sound ${what}`, JSON.stringify(value).slice(0, 120))
  return value as T
}
