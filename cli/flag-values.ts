/** What the values of flags may be, and what becomes of their texts. */
import { InvalidArgumentError } from 'commander'
import Papa from 'papaparse'
import {
  type FamilyOptions,
  type FieldKind,
  fieldKinds as kinds,
  type Unit,
  type Units,
  unitNames,
} from '../pipeline/index.ts'
import { type Address, addressOf } from './io/sources/address.ts'

/** A line becomes a string, and V8's strings end at 2²⁹ − 24 characters. */
const MOST_BYTES = 256 << 20

/** A parser of whole numbers within bounds. */
export function wholeNumber(least: number, most: number): (text: string) => number {
  return text => {
    const value = Number(text)
    if (/^\d+$/.test(text) && value >= least && value <= most) return value
    throw new InvalidArgumentError(`Expected a whole number from ${least} to ${most}, got '${text}'.`)
  }
}

/** A probability strictly between 0 and 1. */
export function probability(text: string): number {
  const value = Number(text)
  if (text.trim() !== '' && value > 0 && value < 1) return value
  throw new InvalidArgumentError(`Expected a number between 0 and 1, such as 0.01, got '${text}'.`)
}

const units: Readonly<Record<string, number>> = { '': 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30 }

/** A parser of numbers of bytes such as 65536, 64K or 4M. */
export function bytesUpTo(most: number): (text: string) => number {
  return text => {
    const [, digits, unit] = /^(\d+)([kmg]?)$/i.exec(text) ?? []
    const value = Number(digits) * units[unit?.toLowerCase()]
    if (value >= 1 && value <= most) return value
    throw new InvalidArgumentError(
      `Expected a number of bytes from 1 to ${most / 2 ** 20}M, such as 65536, 64K or 4M, got '${text}'.`,
    )
  }
}

/** The length of a line. */
export const byteCount = bytesUpTo(MOST_BYTES)

/** The name of one field, which may hold commas. */
export function fieldName(text: string): string {
  if (text !== '') return text
  throw new InvalidArgumentError("Expected the name of a field, such as 'label', got ''.")
}

/** Names separated by commas; a name that has one itself is quoted as in CSV. Repeated flags add up. */
export function fieldNames(text: string, previous: readonly string[] = []): string[] {
  const [names = []] = Papa.parse<string[]>(text, { delimiter: ',' }).data
  if (names.length > 0 && names.every(name => name !== '')) return [...previous, ...names]
  throw new InvalidArgumentError(`Expected names of fields separated by commas, got '${text}'.`)
}

/** Pairs such as `port=category,ratio=number`. Repeated flags add up. */
export function fieldKinds(
  text: string,
  previous: Readonly<Record<string, FieldKind>> = {},
): Record<string, FieldKind> {
  const pairs = fieldNames(text).map(pair => {
    const at = pair.lastIndexOf('=')
    const kind = kinds.find(known => known === pair.slice(at + 1))
    if (at > 0 && kind) return [pair.slice(0, at), kind] as const
    throw new InvalidArgumentError(`Expected field=kind, the kind one of ${kinds.join(', ')}, got '${pair}'.`)
  })
  return { ...previous, ...Object.fromEntries(pairs) }
}

const isUnit = (text: string): text is Unit => unitNames.some(name => name === text)

/** A unit for all numbers, such as `gaussian`, or pairs such as `size=binomial,load=gaussian`. Repeated flags add up. */
export function fieldUnits(text: string, previous?: Units): Units {
  if (isUnit(text) ? previous !== undefined : typeof previous === 'string')
    throw new InvalidArgumentError(
      `Expected one unit for all numbers, or units of fields, got '${text}' besides.`,
    )
  if (isUnit(text)) return text
  const pairs = fieldNames(text).map(pair => {
    const at = pair.lastIndexOf('=')
    const unit = pair.slice(at + 1)
    if (at > 0 && isUnit(unit)) return [pair.slice(0, at), unit] as const
    throw new InvalidArgumentError(
      `Expected ${unitNames.join(', ')} for all numbers, or field=unit, got '${pair}'.`,
    )
  })
  return { ...(previous as object), ...Object.fromEntries(pairs) }
}

/** true, false, a number, or else a text. */
function scalarOf(text: string): number | boolean | string {
  if (text === 'true' || text === 'false') return text === 'true'
  return text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : text
}

/** Pairs such as `learningRate=0.01,centering=false`. Repeated flags add up. */
export function familyOptions(text: string, previous: FamilyOptions = {}): FamilyOptions {
  const pairs = fieldNames(text).map(pair => {
    const at = pair.indexOf('=')
    if (at > 0 && at < pair.length - 1) return [pair.slice(0, at), scalarOf(pair.slice(at + 1))] as const
    throw new InvalidArgumentError(`Expected name=value, such as learningRate=0.01, got '${pair}'.`)
  })
  return { ...previous, ...Object.fromEntries(pairs) }
}

/** A time of at most a day, in seconds. */
export function seconds(text: string): number {
  const value = Number(text)
  if (text.trim() !== '' && value >= 0 && value <= 86_400) return value
  throw new InvalidArgumentError(`Expected seconds from 0 to 86400, such as 30 or 0.5, got '${text}'.`)
}

/** The name of a file. */
export function fileName(text: string): string {
  if (text !== '') return text
  throw new InvalidArgumentError("Expected the name of a file, such as requests.veto, got ''.")
}

/** Where to listen. */
export function listenAddress(text: string): Address {
  const address = addressOf(text)
  if (address) return address
  throw new InvalidArgumentError(`Expected [host:]port, such as 9000 or 0.0.0.0:9000, got '${text}'.`)
}

/** A key of the output. */
export function outputKey(text: string): string {
  if (text !== '') return text
  throw new InvalidArgumentError("Expected the name of a key, such as 'veto', got ''.")
}
