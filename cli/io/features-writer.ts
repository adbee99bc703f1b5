/** Features: as many columns as were announced, whatever comes, and without the record if that is asked for. */
import Papa from 'papaparse'
import type { Answer } from '../../pipeline/ndjson/answer.ts'
import type { Remark } from './entry.ts'
import type { Writer } from './writer.ts'

/** Numbered from 0. */
export const featureColumns = (count: number): string[] => Array.from({ length: count }, (_, n) => String(n))

/** A writer of CSV rows that gets the same number of cells each time: of fewer the others are empty, further ones are left out. */
export function withCells(writer: Writer, count: number, remark: (remark: Remark) => void): Writer {
  const fitted = (line: number, { added, cells = [] }: Answer): Answer => {
    if (cells.length === count) return { added, cells }
    const message = `expected ${count} features, as many as there are columns, got ${cells.length}: the model was fitted anew; cells are left empty or out`
    remark({ key: 'features', line, message })
    return { added, cells: featureColumns(count).map((_, n) => cells[n] ?? null) }
  }
  return {
    header: dialect => writer.header(dialect),
    write: (entry, answer) => writer.write(entry, fitted(entry.line, answer)),
  }
}

/** Lists of features, a line each, in place of NDJSON records; null where there are none. */
export const featureLines: Writer = {
  header: () => '',
  write: ({ ending }, { added }) => `${JSON.stringify(added.features)}${ending}`,
}

/** Rows of features in place of those of the CSV. */
export function featureRows(prefix: string, columns: readonly string[]): Writer {
  let delimiter = ','
  return {
    header(dialect) {
      delimiter = dialect.delimiter
      const names = columns.map(column => `${prefix}_${column}`)
      return Papa.unparse([names], { delimiter, newline: '\n' }) + dialect.ending
    },
    write: ({ ending }, { cells = [] }) => cells.join(delimiter) + ending,
  }
}
