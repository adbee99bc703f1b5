/** What real and replicated units see in records of numbers, beside bins. */
import { uniforms } from '../../fixtures/random.ts'
import { Detector } from '../../pipeline/index.ts'
import type { DataRecord } from '../../pipeline/records.ts'
import { rocArea } from '../../test/detector/streams.ts'
import type { Finding } from './finding.ts'

const RECORDS = 4000
const SETTLED = 500
/** One record in so many is an anomaly. */
const PERIOD = 50

/** A heater: temperature, current and open valves follow one state. An anomaly has one of the three from the other state. */
function heater(seed: number): { record: DataRecord; broken: boolean }[] {
  const uniform = uniforms(seed)
  const normal = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform())
  return Array.from({ length: RECORDS }, (_, n) => {
    const broken = n % PERIOD === PERIOD - 1
    const on = uniform() < 0.4
    const wrong = broken ? Math.floor(3 * uniform()) : -1
    const state = (field: number) => (field === wrong ? !on : on)
    const valves = Array.from({ length: 8 }, uniform).filter(u => u < (state(2) ? 0.8 : 0.1)).length
    const temperature = (state(0) ? 60 : 20) + 5 * normal()
    const current = (state(1) ? 9 : 2) + 0.8 * normal()
    return { record: { temperature, current, valves }, broken }
  })
}

function area(units: 'bins' | 'gaussian' | 'binomial', seed: number): number {
  const detector = new Detector({
    experts: 'rbm',
    seed,
    why: 0,
    units: {
      temperature: units === 'bins' ? 'bins' : 'gaussian',
      current: units === 'bins' ? 'bins' : 'gaussian',
      valves: units === 'binomial' ? 'binomial' : units,
    },
  })
  const judged = heater(seed).map(({ record, broken }) => ({ score: detector.observe(record).score, broken }))
  const scores = (wanted: boolean) =>
    judged.slice(SETTLED).flatMap(({ score, broken }) => (broken === wanted && score !== null ? [score] : []))
  return rocArea(scores(true), scores(false))
}

export function* unitsInRecords(): Generator<Finding> {
  const seeds = [1, 2, 3]
  const names = {
    bins: 'bins',
    gaussian: 'Gaussian units',
    binomial: 'Gaussian units, binomial valves',
  } as const
  for (const units of ['bins', 'gaussian', 'binomial'] as const) {
    const areas = seeds.map(seed => area(units, seed)).sort((a, b) => a - b)
    yield {
      what: `records of a heater, one field from the wrong state, ${names[units]}: area under the ROC curve, middle of 3`,
      figure: areas[1],
      goal: 0.9,
    }
  }
}
