/**
 * Does `why` name the field that is wrong? Numbers are shifted by six robust standard deviations in labelled tables, one
 * field at a time; in mixed records categories are swapped for others of their field.
 */
import { readFileSync } from 'node:fs'
import Papa from 'papaparse'
import { uniforms } from '../../fixtures/random.ts'
import { requests } from '../../fixtures/requests.ts'
import { type DataRecord, Detector, type Verdict } from '../../pipeline/index.ts'
import { setsIn } from '../detection/labelled-set.ts'
import type { Finding } from './finding.ts'
import { mention, working } from './progress.ts'
import { type Records, recordsOf } from './records-of.ts'

/** Records before the first one that is changed, or half of them where there are fewer than twice as many. */
const FIRST = 1000
/** Records that are changed in a table. */
const CASES = 500
/** More reasons than a record has fields. */
const EVERY_FIELD = 10_000
/** A shift, in robust standard deviations. */
const SHIFT = 6
/** The interquartile range of a normal distribution with standard deviation 1. */
const NORMAL_IQR = 1.349
/** Of the standard deviation, what a field that is nearly always the same has at least for its robust one. */
const LEAST_SHARE = 0.3

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length

/** What six of make a shift. */
interface Deviations {
  /** The greater of IQR / 1.349 and three tenths of the standard deviation, or the latter whole where the IQR is 0. */
  readonly scale: number
  /** IQR / 1.349 alone, or the standard deviation where the IQR is 0: next to nothing in some fields. */
  readonly core: number
}

/** Nothing for a field that was always the same. */
function deviationsOf(values: readonly number[]): Deviations | undefined {
  const sorted = [...values].sort((a, b) => a - b)
  if (sorted[0] === sorted.at(-1)) return
  const at = (share: number) => sorted[Math.floor(share * (sorted.length - 1))]
  const centre = mean(values)
  const deviation = Math.sqrt(mean(values.map(value => (value - centre) ** 2)))
  const core = (at(0.75) - at(0.25)) / NORMAL_IQR
  return core === 0
    ? { scale: deviation, core: deviation }
    : { scale: Math.max(core, LEAST_SHARE * deviation), core }
}

/** What became of one change. */
interface Case {
  /** Is the changed field the first reason? */
  readonly first: boolean
  /** Is what was expected of it nearer to what it was than to what it became? */
  readonly nearer: boolean
  /** Is it said to be above where it was moved up, and below where down? */
  readonly direction: boolean
}

/** Fields that the detector takes for numbers and that were not always the same. */
function shiftable(detector: Detector, seen: readonly DataRecord[]): [string, Deviations][] {
  const numbers = new Set(
    detector.describe().flatMap(({ field, kind }) => (kind === 'number' ? [field] : [])),
  )
  return [...numbers].flatMap(field => {
    const deviations = deviationsOf(seen.map(record => Number(record[field])))
    return deviations ? [[field, deviations] as [string, Deviations]] : []
  })
}

/** Shift one number of a record, ask for the reasons, and learn the record as it was. */
function shiftOne(detector: Detector, record: DataRecord, [field, by]: readonly [string, number]): Case {
  const before = Number(record[field])
  const after = before + by
  const { why } = detector.scoreOne({ ...record, [field]: after })
  const reason = why.find(each => each.field === field)
  const expected = Number(reason?.expected ?? Number.NaN)
  return {
    first: why[0]?.field === field,
    nearer: Math.abs(expected - before) < Math.abs(expected - after),
    direction: reason?.direction === (by > 0 ? 'above' : 'below'),
  }
}

/** Records are learned in order as they are; normal ones, evenly spread over those after the first, are changed too. */
function shifts({ records, anomalies }: Records, measure: keyof Deviations, seed: number): Case[] {
  const uniform = uniforms(seed)
  const detector = new Detector({ seed, why: EVERY_FIELD })
  const first = Math.min(FIRST, records.length >> 1)
  const every = Math.max(1, Math.floor((records.length - first) / CASES))
  for (const record of records.slice(0, first)) detector.learnOne(record)
  const fields = shiftable(detector, records.slice(0, first))
  const cases: Case[] = []
  for (let n = first; n < records.length; n++) {
    if ((n - first) % every === 0 && !anomalies[n]) {
      const [field, deviations] = fields[Math.floor(uniform() * fields.length)]
      cases.push(
        shiftOne(detector, records[n], [field, (uniform() < 0.5 ? -SHIFT : SHIFT) * deviations[measure]]),
      )
    }
    detector.learnOne(records[n])
  }
  detector.release()
  return cases
}

const share = (cases: readonly Case[], what: keyof Case) => mean(cases.map(each => Number(each[what])))
const percent = (part: number) => `${(100 * part).toFixed(1)} %`

async function* numbers(folder: string): AsyncGenerator<Finding> {
  const all: Case[][] = []
  const cores: Case[][] = []
  for (const set of setsIn(folder)) {
    working(set.name)
    const records = await recordsOf(set)
    const cases = shifts(records, 'scale', 1)
    cores.push(shifts(records, 'core', 1))
    all.push(cases)
    mention(
      `${set.name}: ${percent(share(cases, 'first'))} named first, ${percent(share(cases, 'nearer'))} expected ` +
        `nearer the original, ${percent(share(cases, 'direction'))} in the right direction, of ${cases.length}`,
    )
  }
  const overSets = (list: readonly Case[][], what: keyof Case) => mean(list.map(cases => share(cases, what)))
  mention(
    `mean over sets where the spread of the middle half alone is the measure: ${percent(overSets(cores, 'first'))} ` +
      `named first, ${percent(overSets(cores, 'nearer'))} expected nearer the original`,
  )
  yield {
    what: `fields shifted by ${SHIFT} deviations: named first, mean over sets`,
    figure: overSets(all, 'first'),
    goal: 0.97,
  }
  yield {
    what: 'expected value nearer the original, mean over sets',
    figure: overSets(all, 'nearer'),
    goal: 0.95,
  }
  yield { what: 'direction right, mean over sets', figure: overSets(all, 'direction'), goal: 0.95 }
}

/** Every so many-th record of a mixed stream has a category swapped. */
const SWAP_EVERY = 4

interface Swap {
  readonly field: string
  /** Of the record with the swap. */
  readonly verdict: Verdict
  /** Whether the record as it was alarms too, for a reason of its own. */
  readonly before: boolean
}

/** Records are learned in order as they are; some are also judged with one category swapped for another. */
function swaps(records: readonly DataRecord[], ignore: readonly string[], seed: number): Swap[] {
  const uniform = uniforms(seed)
  const pick = <T>(list: readonly T[]) => list[Math.floor(uniform() * list.length)]
  const detector = new Detector({ seed, ignore, why: 1 })
  for (const record of records.slice(0, FIRST)) detector.learnOne(record)
  const kinds = detector.describe()
  const fields = [...new Set(kinds.flatMap(({ field, kind }) => (kind === 'category' ? [field] : [])))]
  const values = new Map(fields.map(field => [field, distinct(records, field)]))
  const all: Swap[] = []
  for (const [n, record] of records.slice(FIRST).entries()) {
    if (n % SWAP_EVERY === 0) {
      const field = pick(fields)
      const other = pick(values.get(field)!.filter(value => value !== record[field]))
      const verdict = detector.scoreOne({ ...record, [field]: other })
      all.push({ field, verdict, before: detector.scoreOne(record).anomaly === true })
    }
    detector.learnOne(record)
  }
  detector.release()
  return all
}

/** The values of a field that any record has. */
const distinct = (records: readonly DataRecord[], field: string) =>
  [...new Set(records.map(record => record[field]))].filter(value => value !== undefined && value !== '')

const birdStrikes = () => {
  const file = new URL('../../node_modules/vega-datasets/data/birdstrikes.csv', import.meta.url)
  return Papa.parse<Record<string, string>>(readFileSync(file, 'utf8'), {
    header: true,
    skipEmptyLines: true,
  }).data
}

const mixed: Readonly<Record<string, { records(): DataRecord[]; ignore: readonly string[] }>> = {
  'web requests': { records: () => [...requests(10_000, 1)].map(request => ({ ...request })), ignore: [] },
  'bird strikes': { records: birdStrikes, ignore: ['Flight Date'] },
}

function* categories(): Generator<Finding> {
  for (const [name, { records, ignore }] of Object.entries(mixed)) {
    working(name)
    const all = [1, 2, 3].flatMap(seed => swaps(records(), ignore, seed))
    const alarmed = all.filter(({ verdict }) => verdict.anomaly)
    const caused = alarmed.filter(({ before }) => !before)
    const named = (list: readonly Swap[]) =>
      mean(list.map(({ field, verdict }) => Number(verdict.why[0]?.field === field)))
    for (const field of new Set(all.map(swap => swap.field))) {
      const own = all.filter(swap => swap.field === field)
      const ownAlarmed = alarmed.filter(swap => swap.field === field)
      mention(
        `${name}, ${field}: ${ownAlarmed.length} of ${own.length} swaps alarm` +
          (ownAlarmed.length > 0 ? `, ${percent(named(ownAlarmed))} of these named first` : ''),
      )
    }
    mention(
      `${name}: ${caused.length} of ${all.length} swaps alarm where the record as it was does not` +
        (caused.length > 0 ? `, ${percent(named(caused))} of these named first` : ''),
    )
    yield {
      what: `${name}, categories swapped: named first of ${alarmed.length} that alarm`,
      figure: named(alarmed),
      goal: 0.6,
    }
  }
}

export async function* explanation(folder: string): AsyncGenerator<Finding> {
  yield* categories()
  yield* numbers(folder)
}
