/** What a program does that loads a model and scores one record, in stages. For every runtime: web APIs alone. */
import { type DataRecord, Detector, families } from '../../../pipeline/index.ts'

/** The families of the model, the model in base64, and a record. */
export interface Start {
  readonly experts: readonly string[]
  readonly model: string
  readonly record: DataRecord
}

/** Milliseconds. */
export interface Stages {
  /** The kernels of the model's families are instantiated; where they are embedded as text, compiled first. */
  readonly instantiate: number
  /** The model is read, checked and stands in the kernels' memory. */
  readonly load: number
  readonly score: number
  /** The worst of a few intervals in which nothing was done. */
  readonly empty: number
}

export const stageNames = ['instantiate', 'load', 'score'] as const

/** A kernel is instantiated when the first product of its family is made. */
function instantiate(experts: readonly string[]): void {
  for (const family of families) {
    if (experts.includes(family.name)) family.create([{ kind: family.units[0], size: 2 }]).release()
  }
}

/** @param now milliseconds; may take a while to answer, which is taken off */
export async function stages(start: Start, now: () => Promise<number> | number): Promise<Stages> {
  const model = Uint8Array.from(atob(start.model), character => character.charCodeAt(0))
  const times: number[] = []
  for (let i = 0; i < 12; i++) times.push(await now())
  // The first ones find the way.
  const gaps = times.slice(2).map((time, i) => time - times[i + 1])
  const gap = gaps.toSorted((a, b) => a - b)[gaps.length >> 1]
  const begun = await now()
  instantiate(start.experts)
  const instantiated = await now()
  const detector = Detector.load(model)
  const loaded = await now()
  const { score } = detector.scoreOne(start.record)
  const scored = await now()
  if (score === null) throw new Error('Expected a score of a model that has learned, got none.')
  return {
    instantiate: instantiated - begun - gap,
    load: loaded - instantiated - gap,
    score: scored - loaded - gap,
    empty: Math.max(...gaps) - gap,
  }
}
