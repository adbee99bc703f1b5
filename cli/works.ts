/** What each command does with a record, and what it writes of it. */
import type { DataRecord, Denoised, Detector } from '../pipeline/index.ts'
import { type Answer, rounded, roundedReasons, verdictAnswer } from '../pipeline/ndjson/answer.ts'

/** What commands ask of whatever learns the records. */
export type Judge = Pick<
  Detector,
  'observe' | 'scoreOne' | 'learnOne' | 'denoiseOne' | 'transformOne' | 'featureCount' | 'isSettled'
>

/** What is done with one record; nothing is written where there is no answer. */
export type Work = (judge: Judge, record: DataRecord, counts: { alarms: number }) => Answer | undefined

export interface Occupation {
  /**
   * The names in the answers, in the order of their CSV columns; none for a command that writes nothing. `features` for as
   * many as the model has, numbered.
   */
  readonly columns: readonly string[] | 'features'
  /** @param freeze whether nothing is learned */
  work(freeze: boolean): Work
}

/** By the name of the command. */
export const works = {
  score: {
    columns: ['score', 'p', 'anomaly', 'why'],
    work: freeze => (judge, record, counts) => {
      const verdict = freeze ? judge.scoreOne(record) : judge.observe(record)
      if (verdict.anomaly) counts.alarms++
      return verdictAnswer(verdict)
    },
  },
  learn: {
    columns: [],
    work: () => (judge, record) => {
      judge.learnOne(record)
      return undefined
    },
  },
  denoise: {
    columns: ['changed'],
    work: freeze => (judge, record) => {
      const denoised = judge.denoiseOne(record)
      if (!freeze) judge.learnOne(record)
      return denoisedAnswer(denoised)
    },
  },
  features: {
    columns: 'features',
    work: freeze => (judge, record) => {
      const features = judge.transformOne(record)
      if (!freeze) judge.learnOne(record)
      return featuresAnswer(features)
    },
  },
} as const satisfies Readonly<Record<string, Occupation>>

export type WorkName = keyof typeof works

/** A filled-in or corrected value, of the type that it has in the record: numbers in a CSV cell stay texts. */
function newValue(denoised: unknown, expected: unknown) {
  if (typeof expected !== 'number') return denoised as string | number | boolean
  const number = rounded(expected)
  return typeof denoised === 'string' ? String(number) : number
}

/** Features of a record; null as long as there is no model that could have any. */
function featuresAnswer(features: Float32Array): Answer {
  const cells = Array.from(features, rounded)
  return { added: { features: cells.length > 0 ? cells : null }, cells }
}

/** The answer to a record, as it is written. */
export const denoisedAnswer = ({ record, changed }: Denoised): Answer => ({
  changed: changed.map(({ field, expected }) => ({ field, value: newValue(record[field], expected) })),
  added: { changed: roundedReasons(changed) },
})
