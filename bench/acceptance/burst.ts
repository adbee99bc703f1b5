/**
 * What comes all at once: a burst of attacks, which must not become normal before it is over, and a shift of all fields,
 * which must. Both happen to a mixture of four clusters in eight dimensions, with normal and with heavy-tailed noise.
 */
import { Clusters, type Noise, type Point } from '../../fixtures/clusters.ts'
import { Detector } from '../../pipeline/index.ts'
import type { Finding } from './finding.ts'
import { mention, working } from './progress.ts'

const SEEDS = [1, 2, 3]
/** Usual records, of which so many come before the attacks or the shift. */
const USUAL = 50_000
const BEFORE = 40_000
const ATTACKS = 1000
/** The last attacks, of which nearly all still have to alarm. */
const LAST = 100

/** Every field moves by so many deviations of a record from its centre, for good. */
const SHIFT = 6
/** Records after the shift. */
const AFTER = 30_000
const ALPHA = 0.01
/** It has stopped alarming where a window of so many records begins that has few alarms. */
const CALM_WINDOW = 1000
const CALM_RATE = 5 * ALPHA
/** Values of `protect` below and above the default, which is in between. */
const PROTECT = [500, undefined, 5000]
/** The factor, at least, by which they move the end of the alarms. */
const MOVED = 1.2

interface Step {
  readonly record: Point
  readonly attack: boolean
}

/** Attacks in a row, or every second record. */
function* attacked(noise: Noise, seed: number, interleaved: boolean): Generator<Step> {
  const clusters = new Clusters(noise, seed)
  const usual = () => ({ record: clusters.usual(), attack: false })
  for (let n = 0; n < BEFORE; n++) yield usual()
  let rest = USUAL - BEFORE
  for (let n = 0; n < ATTACKS; n++) {
    yield { record: clusters.attack(), attack: true }
    if (!interleaved) continue
    yield usual()
    rest--
  }
  while (rest-- > 0) yield usual()
}

/** The share of the last attacks that alarm, mean over the seeds. */
function lastAlarms(noise: Noise, interleaved: boolean): number {
  const shares = SEEDS.map(seed => {
    working(`burst, ${noise} noise, ${interleaved ? 'interleaved' : 'contiguous'}, seed ${seed}`)
    const detector = new Detector({ seed, why: 0 })
    const alarms: number[] = []
    for (const { record, attack } of attacked(noise, seed, interleaved)) {
      const { anomaly } = detector.observe(record)
      if (attack) alarms.push(Number(anomaly))
    }
    detector.release()
    return mean(alarms.slice(-LAST))
  })
  return mean(shares)
}

/** Alarms after the shift, 1 or 0 a record. */
function alarmsAfterShift(noise: Noise, seed: number, protect: number | undefined): number[] {
  working(`shift, ${noise} noise, protect ${protect ?? 'as it is'}, seed ${seed}`)
  const clusters = new Clusters(noise, seed)
  const detector = new Detector({ seed, why: 0, protect, alpha: ALPHA })
  for (let n = 0; n < BEFORE; n++) detector.observe(clusters.usual())
  const alarms = Array.from({ length: AFTER }, () => Number(detector.observe(clusters.usual(SHIFT)).anomaly))
  detector.release()
  return alarms
}

/** Where the first calm window begins; the number of alarms looked at where there is none. */
function firstCalm(alarms: readonly number[]): number {
  let inWindow = 0
  for (const [n, alarm] of alarms.entries()) {
    inWindow += alarm - (n >= CALM_WINDOW ? alarms[n - CALM_WINDOW] : 0)
    if (n >= CALM_WINDOW - 1 && inWindow < CALM_RATE * CALM_WINDOW) return n - CALM_WINDOW + 1
  }
  return alarms.length
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length

/** Records until a shift has become normal, and the alarm rate from then on; means over the seeds. */
function horizon(noise: Noise, protect: number | undefined) {
  const each = SEEDS.map(seed => {
    const alarms = alarmsAfterShift(noise, seed, protect)
    const records = firstCalm(alarms)
    return { records, rate: records < AFTER ? mean(alarms.slice(records)) : 1 }
  })
  return { records: mean(each.map(({ records }) => records)), rate: mean(each.map(({ rate }) => rate)) }
}

export function* burst(): Generator<Finding> {
  for (const noise of ['normal', 'heavy'] as const) {
    for (const interleaved of [false, true]) {
      const order = interleaved ? 'every second record' : 'in a row'
      const figure = lastAlarms(noise, interleaved)
      yield {
        what: `${noise} noise, ${ATTACKS} attacks ${order}: last ${LAST} that alarm`,
        figure,
        goal: 0.95,
      }
    }
    const horizons = PROTECT.map(protect => horizon(noise, protect))
    for (const [n, { records, rate }] of horizons.entries())
      mention(
        `${noise} noise, shift of all fields, protect ${PROTECT[n] ?? 'as it is'}: alarms for ${records.toFixed(0)} ` +
          `records, then at a rate of ${rate.toFixed(4)}`,
      )
    yield {
      what: `${noise} noise, shift of all fields: records until it stops alarming`,
      figure: horizons[1].records,
      goal: 10_000,
      bound: 'most',
    }
    const [shorter, usual, longer] = horizons.map(({ records }) => records)
    yield {
      what: `${noise} noise, protect moves that both ways: by the lesser factor`,
      figure: Math.min(usual / shorter, longer / usual),
      goal: MOVED,
    }
  }
}
