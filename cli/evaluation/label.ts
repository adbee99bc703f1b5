/** Which field of a record is its label, and what the label says. */
import type { DataRecord } from '../../pipeline/index.ts'
import { inputError } from '../errors.ts'

/** The field that is taken for the label where a record has it and no other is named. */
const USUAL = 'label'

/**
 * The label's field, found in the first record: the one that is wanted, else `label`, else the last one.
 * @throws CommandError (input) when the record has no such field
 */
export function labelField(first: DataRecord, wanted: string | undefined): string {
  const fields = Object.keys(first)
  const name = wanted ?? (fields.includes(USUAL) ? USUAL : fields.at(-1))
  if (name !== undefined && fields.includes(name)) return name
  const had = fields.length > 0 ? fields.join(', ') : 'none'
  throw inputError(`expected the label in the field '${name ?? USUAL}' (--label names another), got ${had}`)
}

/** What a record has in place of a label; nothing when it has one. */
export function unlabelled(value: unknown): string | undefined {
  if (value === undefined || value === null || value === '') return 'none'
  return typeof value === 'object' ? 'a nested value' : undefined
}

/**
 * Whether a label means a normal record: it is the given text, or the same number written otherwise (`0`, `0.0`). In JSON
 * false is 0 and true is 1.
 */
export function isNormal(value: unknown, normal: string): boolean {
  if (String(value) === normal) return true
  if (normal.trim() === '' || (typeof value === 'string' && value.trim() === '')) return false
  return Number(value) === Number(normal)
}
