/**
 * Does a model for each key find what one model for all cannot: records that would be normal for another key? And how
 * soon, in the number of records that the key has had?
 */
import { keyedRecords } from '../../fixtures/keyed.ts'
import { rocAuc } from '../../pipeline/evaluation/roc-auc.ts'
import { Bank, Detector, type Verdict } from '../../pipeline/index.ts'
import type { Finding } from './finding.ts'
import { working } from './progress.ts'

const KEYS = 200
const RECORDS = 60_000
const SEEDS = [1, 2, 3]
/** Records of the beginning, which no key has a model for. */
const BEGINNING = 1024
/** Bounds of the number of records that a key has had. */
const STAGES = [
  [2, 10],
  [10, 30],
  [30, 100],
  [100, Number.POSITIVE_INFINITY],
] as const

interface Told {
  readonly verdict: Verdict
  readonly foreign: boolean
  /** Records that the key had before. */
  readonly had: number
}

/** What is said of a stream after its beginning. */
function told(seed: number, judge: Pick<Detector, 'observe'>): Told[] {
  const had = new Map<string, number>()
  return keyedRecords(KEYS, RECORDS, seed)
    .map(({ record, key, foreign }) => {
      const before = had.get(key) ?? 0
      had.set(key, before + 1)
      return { verdict: judge.observe(record), foreign, had: before }
    })
    .slice(BEGINNING)
}

const area = (some: readonly Told[]): number =>
  rocAuc(
    Float64Array.from(some, ({ verdict }) => verdict.score ?? 0),
    Uint8Array.from(some, ({ foreign }) => Number(foreign)),
  ) ?? Number.NaN

const alarms = (some: readonly Told[]): number =>
  some.filter(({ verdict }) => verdict.anomaly).length / some.length

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length

export function* keyed(): Generator<Finding> {
  const banks = SEEDS.map(seed => {
    working(`a model for each of ${KEYS} keys, seed ${seed}`)
    return told(seed, new Bank({ key: 'host', why: 0, seed }))
  })
  const single = SEEDS.map(seed => {
    working(`one model for all keys, seed ${seed}`)
    return told(seed, new Detector({ why: 0, seed }))
  })
  for (const [least, most] of STAGES) {
    const within = (each: readonly Told[]) => each.filter(({ had }) => had >= least && had < most)
    const [own, one] = [banks, single].map(runs => mean(runs.map(run => area(within(run)))))
    const stage = `the key having had ${least}${most === Number.POSITIVE_INFINITY ? ' or more' : ` to ${most}`}`
    yield {
      what: `ROC-AUC of foreign records, ${stage} (one model for all: ${one.toFixed(3)})`,
      figure: own,
      goal: 0.9,
    }
  }
  const normal = mean(banks.map(run => alarms(run.filter(({ foreign }) => !foreign))))
  yield {
    what: 'share of normal records that alarm at alpha .01, with two foreign ones in a hundred',
    figure: normal,
    goal: 0.012,
    bound: 'most',
  }
}
