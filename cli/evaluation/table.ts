/** Figures as lines of a table that a person reads: names on the left, numbers flush right. */

import { grouped } from '../io/report.ts'
import { visible } from '../io/terminal.ts'
import type { Figures } from './figures.ts'

const share = (value: number | null, digits: number) => (value === null ? '–' : value.toFixed(digits))
/** Means over seeds need not be whole. */
const count = (value: number) => (Number.isInteger(value) ? grouped(value) : value.toFixed(1))

const columns: readonly { title: string; width: number; cell(figures: Figures): string }[] = [
  { title: 'records', width: 9, cell: ({ records }) => count(records) },
  { title: 'anomalies', width: 9, cell: ({ anomalies }) => count(anomalies) },
  { title: 'ROC-AUC', width: 7, cell: figures => share(figures.rocAuc, 4) },
  { title: 'AP', width: 6, cell: figures => share(figures.averagePrecision, 4) },
  { title: 'alarms', width: 7, cell: ({ alarms }) => count(alarms) },
  { title: 'false alarms', width: 12, cell: ({ falseAlarmRate }) => share(falseAlarmRate, 4) },
  { title: 'records/s', width: 9, cell: figures => grouped(Math.round(figures.recordsPerSecond)) },
]

const MEAN = 'mean'
/** Columns whose mean over files says something. */
const meaningful = ['ROC-AUC', 'AP', 'false alarms']

export interface Table {
  /** The line of titles. */
  readonly head: string
  row(name: string, figures: Figures): string
  /** The last line: means over the files. */
  mean(figures: Figures): string
}

/** @param names of all rows, so that lines can be printed as they come */
export function tableOf(names: readonly string[]): Table {
  const width = Math.max(...[...names, MEAN, 'file'].map(name => visible(name).length))
  const line = (name: string, cells: readonly string[]) =>
    `${[visible(name).padEnd(width), ...cells.map((cell, at) => cell.padStart(columns[at].width))].join('  ').trimEnd()}\n`
  return {
    head: line(
      'file',
      columns.map(({ title }) => title),
    ),
    row: (name, figures) =>
      line(
        name,
        columns.map(({ cell }) => cell(figures)),
      ),
    mean: figures =>
      line(
        MEAN,
        columns.map(({ title, cell }) => (meaningful.includes(title) ? cell(figures) : '')),
      ),
  }
}
