/** CSV: the record's own text with more columns behind it, by the same delimiter, quoting rules and line ending. */
import Papa from 'papaparse'
import { type Answer, freeName } from '../../pipeline/ndjson/answer.ts'
import type { Dialect, Remark } from './entry.ts'
import type { Writer } from './writer.ts'

/**
 * @param prefix the added columns are `<prefix>_<name>`
 * @param columns the names in `Answer.added`, in the order of the columns
 */
export function csvWriter(
  prefix: string,
  columns: readonly string[],
  remark: (remark: Remark) => void,
): Writer {
  let dialect: Dialect | undefined
  const joined = (cells: readonly unknown[]) =>
    Papa.unparse([cells as unknown[]], { delimiter: dialect!.delimiter, newline: '\n' })
  return {
    header(seen) {
      dialect = seen
      const named = (start: string) => columns.map(column => `${start}_${column}`)
      const isTaken = (start: string) => named(start).some(name => seen.names.includes(name))
      const start = freeName(prefix, isTaken)
      if (start !== prefix) {
        const message = `expected no column of the names ${named(prefix).join(', ')}, got one; writing ${named(start).join(', ')} (--as KEY chooses others)`
        remark({ key: 'taken', line: seen.line, message })
      }
      return seen.text + seen.delimiter + joined(named(start)) + seen.ending
    },
    write({ text, record, ending }, { changed, added, cells }) {
      const own = changed?.length ? joined(cellsOf(dialect!, record, changed)) : text
      return own + dialect!.delimiter + joined(cells ?? columns.map(column => cellOf(added[column]))) + ending
    },
  }
}

/** Lists have no place in a cell: they stand there as JSON text. */
const cellOf = (value: unknown) =>
  typeof value === 'object' && value !== null ? JSON.stringify(value) : value

function cellsOf(
  { names }: Dialect,
  record: Readonly<Record<string, unknown>>,
  changed: NonNullable<Answer['changed']>,
): unknown[] {
  const values = new Map<string, unknown>(changed.map(({ field, value }) => [field, value]))
  return names.map(name => (values.has(name) ? values.get(name) : record[name]))
}
