/** What a single value of a record is: missing, a number, a text, a truth value, or nothing that can be used. */

/** Absent, null and the empty text, which is how CSV writes a missing value. */
export function isMissing(value: unknown): boolean {
  return value === undefined || value === null || value === ''
}

/** Objects and arrays. */
export function isNested(value: unknown): boolean {
  return typeof value === 'object' && value !== null
}

/**
 * Decimal notation as CSV writers use it. Not hexadecimal, which is how identifiers are written. Digits can be read in
 * one way only: with two, a megabyte of them before a letter would be tried in all its partitions.
 */
const DECIMAL = /^\s*[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?\s*$/i
const NON_FINITE = /^\s*[+-]?(?:nan|inf(?:inity)?)\s*$/i

/** The number that a value is or spells; NaN when it is none. May be infinite. */
export function numberOf(value: unknown): number {
  if (typeof value === 'number') return value
  if (typeof value === 'string') return DECIMAL.test(value) ? Number(value) : Number.NaN
  return typeof value === 'bigint' ? Number(value) : Number.NaN
}

/** Is the value a number that is not finite, or the text of one? */
export function isNonFinite(value: unknown): boolean {
  if (typeof value === 'number') return !Number.isFinite(value)
  if (typeof value !== 'string') return false
  return NON_FINITE.test(value) || (DECIMAL.test(value) && !Number.isFinite(Number(value)))
}

/** true, false, and their texts and digits; undefined for everything else. */
export function booleanOf(value: unknown): boolean | undefined {
  if (typeof value === 'boolean') return value
  if (value === 1 || value === '1') return true
  if (value === 0 || value === '0') return false
  if (typeof value !== 'string' || value.length > 5) return undefined
  const word = value.toLowerCase()
  return word === 'true' ? true : word === 'false' ? false : undefined
}

/** The text that stands for a value as a category; undefined when it has none. */
export function textOf(value: unknown): string | undefined {
  switch (typeof value) {
    case 'string':
      return shortened(value)
    case 'number':
      return Number.isFinite(value) ? String(value) : undefined
    case 'boolean':
    case 'bigint':
      return String(value)
    default:
      return undefined
  }
}

/** Texts up to this length are kept as they are; of longer ones a beginning and a hash. */
export const LONGEST = 128

/** The text, or of a long one a beginning and a hash, FNV-1a: at most LONGEST characters, so that nothing that is remembered holds megabytes. */
export function shortened(text: string): string {
  if (text.length <= LONGEST) return text
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return `${text.slice(0, LONGEST - 32)}… (${text.length}, ${(hash >>> 0).toString(16)})`
}

/** A copy that shares no memory with the text it was cut from: V8 keeps a whole chunk of input alive for a part of it. */
export function ownCopy(text: string): string {
  return JSON.parse(JSON.stringify(text))
}
