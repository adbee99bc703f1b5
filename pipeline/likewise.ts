import type { Value } from './records.ts'

/** A value of the same type as the one it stands for: fields of CSV stay texts, codes stay numbers. */
export function likewise(value: Value, old: unknown): Value {
  if (typeof old === 'string') return String(value)
  if (typeof old === 'number' && typeof value === 'boolean') return value ? 1 : 0
  if (typeof old === 'number' && typeof value === 'string' && String(Number(value)) === value)
    return Number(value)
  return value
}
