/** The protocol: every contestant over every set, with several seeds, as the records are and with something done to them. */
import { meanOf, ranking } from '../../cli/evaluation/figures.ts'
import type { Contestant, Entry } from './contestants.ts'
import type { LabelledSet, Matrix } from './labelled-set.ts'
import type { Spoiler } from './spoil.ts'

/** What a contestant reached on a set, one figure a seed. */
export interface Reached {
  readonly name: string
  readonly rocAuc: readonly (number | null)[]
  readonly averagePrecision: readonly (number | null)[]
  /** Seconds that a pass took on average, reading included where the contestant reads. */
  readonly seconds: number
}

/** A set as it is, or with something done to it. */
export interface SetOutcome {
  readonly set: string
  /** What was done to the records; nothing when they are as in the file. */
  readonly spoiler: string | undefined
  readonly records: number
  readonly anomalies: number
  readonly reached: readonly Reached[]
}

export interface Protocol {
  readonly sets: readonly LabelledSet[]
  readonly contestants: readonly Contestant[]
  /** What is done to the records, each in a run of its own; undefined for nothing. */
  readonly spoilers: readonly (Spoiler | undefined)[]
  readonly seeds: readonly number[]
}

/** One outcome for each set and spoiler, set by set. */
export async function* outcomes({
  sets,
  contestants,
  spoilers,
  seeds,
}: Protocol): AsyncGenerator<SetOutcome> {
  for (const set of sets)
    for (const spoiler of spoilers) yield await outcome(set, spoiler, contestants, seeds)
}

async function outcome(
  set: LabelledSet,
  spoiler: Spoiler | undefined,
  contestants: readonly Contestant[],
  seeds: readonly number[],
): Promise<SetOutcome> {
  const each = contestants.map(({ name }) => ({
    name,
    rocAuc: [] as (number | null)[],
    averagePrecision: [] as (number | null)[],
    seconds: 0,
  }))
  let records = 0
  let anomalies = 0
  let plain: Promise<Matrix> | undefined
  for (const seed of seeds) {
    let spoilt: Promise<Matrix> | undefined
    const matrix = () => {
      if (spoiler) spoilt ??= set.matrix(spoiler.change(seed))
      else plain ??= set.matrix()
      return (spoiler ? spoilt : plain)!
    }
    const entry: Entry = { set, seed, spoiler, matrix }
    for (const [index, contestant] of contestants.entries()) {
      const started = performance.now()
      const judged = await contestant.judge(entry)
      each[index].seconds += (performance.now() - started) / 1000 / seeds.length
      const { rocAuc, averagePrecision } = ranking(judged.scores, judged.anomalies)
      each[index].rocAuc.push(rocAuc)
      each[index].averagePrecision.push(averagePrecision)
      records = judged.anomalies.length
      anomalies = judged.anomalies.reduce((sum, anomaly) => sum + anomaly, 0)
    }
  }
  return { set: set.name, spoiler: spoiler?.name, records, anomalies, reached: each }
}

export type Measure = 'rocAuc' | 'averagePrecision'

/** A contestant's mean over the seeds on one set; null where there is nothing to measure. */
export const reachedBy = (outcome: SetOutcome, name: string, measure: Measure): number | null =>
  meanOf(outcome.reached.find(reached => reached.name === name)?.[measure] ?? [])

/** A contestant's mean over sets. */
export const meanOver = (all: readonly SetOutcome[], name: string, measure: Measure): number | null =>
  meanOf(all.map(outcome => reachedBy(outcome, name, measure)))

/** Mean over sets of the places that contestants take among each other, 1 the best; equal ones share theirs. */
export function meanRanks(
  all: readonly SetOutcome[],
  names: readonly string[],
  measure: Measure,
): Map<string, number | null> {
  const ranks = new Map<string, number[]>(names.map(name => [name, []]))
  for (const outcome of all) {
    const figures = names.map(name => reachedBy(outcome, name, measure))
    if (figures.includes(null)) continue
    for (const [index, name] of names.entries()) {
      const better = figures.filter(figure => figure! > figures[index]!).length
      const equal = figures.filter(figure => figure === figures[index]).length
      ranks.get(name)!.push(better + (equal + 1) / 2)
    }
  }
  return new Map([...ranks].map(([name, places]) => [name, meanOf(places)]))
}
