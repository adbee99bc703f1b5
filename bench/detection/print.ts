/** Outcomes as tables: a line a set, a column a contestant, means and mean ranks below. */
import { type Measure, meanOver, meanRanks, reachedBy, type SetOutcome } from './protocol.ts'

const titles: Readonly<Record<Measure, string>> = { rocAuc: 'ROC-AUC', averagePrecision: 'Average precision' }

/** The figures of all sets as they are. */
export function figuresTable(all: readonly SetOutcome[], measure: Measure): string {
  const names = all[0].reached.map(({ name }) => name)
  const ranks = meanRanks(all, names, measure)
  return table(titles[measure], names, [
    ...all.map(outcome => ({
      name: `${outcome.set} (${outcome.records})`,
      cells: names.map(name => shown(reachedBy(outcome, name, measure))),
    })),
    { name: 'mean', cells: names.map(name => shown(meanOver(all, name, measure))) },
    { name: 'mean rank', cells: names.map(name => shown(ranks.get(name)!, 2)) },
  ])
}

/** What a spoiler changed, against the sets as they are. */
export function differencesTable(
  plain: readonly SetOutcome[],
  spoilt: readonly SetOutcome[],
  measure: Measure,
): string {
  const names = plain[0].reached.map(({ name }) => name)
  const difference = (after: number | null, before: number | null) =>
    after === null || before === null
      ? '–'
      : `${after < before ? '−' : '+'}${shown(Math.abs(after - before))}`
  return table(`${titles[measure]}, ${spoilt[0].spoiler}: difference`, names, [
    ...spoilt.map((outcome, index) => ({
      name: outcome.set,
      cells: names.map(name =>
        difference(reachedBy(outcome, name, measure), reachedBy(plain[index], name, measure)),
      ),
    })),
    {
      name: 'mean',
      cells: names.map(name => difference(meanOver(spoilt, name, measure), meanOver(plain, name, measure))),
    },
  ])
}

/** .847, as such figures are mostly written; 1.000 and ranks with their first digit. */
const shown = (figure: number | null, digits = 3) =>
  figure === null ? '–' : figure.toFixed(digits).replace(/^0\./, '.')

interface Line {
  readonly name: string
  readonly cells: readonly string[]
}

/** Names of columns stand in two lines where they need them, their first word above. */
function table(title: string, names: readonly string[], lines: readonly Line[]): string {
  const first = names.map(name => name.split(' ')[0])
  const rest = names.map(name => name.split(' ').slice(1).join(' '))
  const widths = names.map((_, column) => Math.max(6, first[column].length, rest[column].length))
  const left = Math.max(...lines.map(({ name }) => name.length))
  const line = ({ name, cells }: Line) =>
    `${[name.padEnd(left), ...cells.map((cell, column) => cell.padStart(widths[column]))].join('  ').trimEnd()}\n`
  const heads = [first, rest].filter(cells => cells.some(cell => cell !== ''))
  return [`${title}\n`, ...[...heads.map(cells => ({ name: '', cells })), ...lines].map(line)].join('')
}
