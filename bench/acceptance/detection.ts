/** Anomalies in tables, with the defaults: ours beside its rivals, and what missing values and scales do to it. */
import { rivals, veto } from '../detection/contestants.ts'
import { setsIn } from '../detection/labelled-set.ts'
import { differencesTable, figuresTable } from '../detection/print.ts'
import { meanOver, meanRanks, outcomes, reachedBy, type SetOutcome } from '../detection/protocol.ts'
import { mask, permute, rescale } from '../detection/spoil.ts'
import type { Finding } from './finding.ts'

const ours = veto()
const forest = 'Isolation Forest'
const seeds = [1, 2, 3]

export async function* detection(folder: string): AsyncGenerator<Finding> {
  const sets = setsIn(folder)
  const spoilers = [mask(0.2), permute, rescale(1e6)]
  const contestants = [ours, ...rivals('/usr/bin/python3')]
  const plain = await collected(outcomes({ sets, contestants, spoilers: [undefined], seeds }))
  console.log(`${figuresTable(plain, 'rocAuc')}\n${figuresTable(plain, 'averagePrecision')}`)
  yield { what: 'mean ROC-AUC', figure: meanOver(plain, ours.name, 'rocAuc')!, goal: 0.855 }
  yield {
    what: 'mean average precision',
    figure: meanOver(plain, ours.name, 'averagePrecision')!,
    goal: 0.425,
  }
  yield { what: 'mean rank of the best rival, less ours', figure: lead(plain), goal: 0 }
  yield { what: `sets below .5 where the ${forest} is above .6`, figure: lost(plain), goal: 0, bound: 'most' }

  const spoilt = await collected(outcomes({ sets, contestants: [ours], spoilers, seeds }))
  for (const { name } of spoilers) {
    const after = spoilt.filter(({ spoiler }) => spoiler === name)
    console.log(differencesTable(plain.map(onlyOurs), after, 'rocAuc'))
    yield name.includes('missing')
      ? { what: `${name}: loss of mean ROC-AUC`, figure: loss(plain, after), goal: 0.03, bound: 'most' }
      : { what: `${name}: sets that moved`, figure: moved(plain, after), goal: 0, bound: 'most' }
  }
}

async function collected(all: AsyncIterable<SetOutcome>): Promise<SetOutcome[]> {
  const list: SetOutcome[] = []
  for await (const outcome of all) {
    list.push(outcome)
    console.log(
      `       ${outcome.set} ${outcome.spoiler ?? ''}: ${reachedBy(outcome, ours.name, 'rocAuc')?.toFixed(3)}`,
    )
  }
  return list
}

const onlyOurs = (outcome: SetOutcome): SetOutcome => ({
  ...outcome,
  reached: outcome.reached.filter(({ name }) => name === ours.name),
})

/** By how many places the best of the others is behind, on average. */
function lead(plain: readonly SetOutcome[]): number {
  const names = plain[0].reached.map(({ name }) => name)
  const ranks = meanRanks(plain, names, 'rocAuc')
  const others = names.filter(name => name !== ours.name).map(name => ranks.get(name) ?? names.length)
  return Math.min(...others) - (ranks.get(ours.name) ?? names.length)
}

/** Sets on which ours ranks anomalies below normal records although a forest finds them. */
const lost = (plain: readonly SetOutcome[]): number =>
  plain.filter(
    outcome =>
      (reachedBy(outcome, ours.name, 'rocAuc') ?? 1) < 0.5 &&
      (reachedBy(outcome, forest, 'rocAuc') ?? 0) > 0.6,
  ).length

const loss = (plain: readonly SetOutcome[], after: readonly SetOutcome[]): number =>
  meanOver(plain, ours.name, 'rocAuc')! - meanOver(after, ours.name, 'rocAuc')!

/**
 * Sets whose mean over the seeds moved by more than noise: another order of the columns is like another seed. With a
 * standard deviation σ between seeds the difference of two means of three has σ √(2/3), and the range of three is 1.7 σ
 * on average: twice the range is four deviations. Ranges can be small by chance, hence the .005.
 */
function moved(plain: readonly SetOutcome[], after: readonly SetOutcome[]): number {
  return plain.filter((outcome, index) => {
    const before = outcome.reached.find(({ name }) => name === ours.name)!.rocAuc.map(Number)
    const range = Math.max(...before) - Math.min(...before)
    const change = reachedBy(after[index], ours.name, 'rocAuc')! - reachedBy(outcome, ours.name, 'rocAuc')!
    return Math.abs(change) > 2 * range + 0.005
  }).length
}
