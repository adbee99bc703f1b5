/**
 * Is the alarm rate the one that was asked for? On normal records in a random order, whose scores are exchangeable but
 * for what the detector learns meanwhile; and further out than the window of scores reaches, on scores whose tails are
 * known.
 */
import { normals, studentT3 } from '../../fixtures/distributions.ts'
import { uniforms } from '../../fixtures/random.ts'
import { Calibrator, WINDOW } from '../../pipeline/calibration/calibrator.ts'
import { type DataRecord, Detector } from '../../pipeline/index.ts'
import { setsIn } from '../detection/labelled-set.ts'
import { isWithinBinomial } from './binomial.ts'
import type { Finding } from './finding.ts'
import { mention, working } from './progress.ts'
import { normalsOf } from './records-of.ts'

const SEEDS = [1, 2, 3]
const ALPHAS = [0.01, 0.001]
const LEVEL = 0.99
/** Sets whose rates have to be within the interval. */
const GOAL = 0.9

/** Records with a p-value, and how many of them were below each alpha. */
interface Tally {
  judged: number
  readonly below: number[]
}

const tally = (): Tally => ({ judged: 0, below: ALPHAS.map(() => 0) })

function count(into: Tally, p: number | null): void {
  if (p === null) return
  into.judged++
  for (const [index, alpha] of ALPHAS.entries()) if (p < alpha) into.below[index]++
}

/** In another order (Fisher and Yates). */
function shuffled<T>(list: readonly T[], uniform: () => number): T[] {
  const out = [...list]
  for (let i = out.length - 1; i > 0; i--) {
    const j = Math.floor(uniform() * (i + 1))
    ;[out[i], out[j]] = [out[j], out[i]]
  }
  return out
}

function watch(records: readonly DataRecord[], seed: number, into: Tally): void {
  const detector = new Detector({ seed, why: 0 })
  for (const record of shuffled(records, uniforms(seed))) count(into, detector.observe(record).p)
  detector.release()
}

/** What the calibrator alone does to as many independent scores: the window makes p-values depend on each other. */
function ideal(records: number, seed: number, into: Tally): void {
  const uniform = uniforms(seed)
  const calibrator = new Calibrator()
  for (let n = 0; n < records; n++) {
    const score = -10 * Math.log(1 - uniform())
    count(into, calibrator.pValue(score))
    calibrator.add(score)
  }
}

/** By how many standard deviations of a binomial count the alarms are too many. */
const excess = ({ judged, below }: Tally, index: number) =>
  (below[index] - judged * ALPHAS[index]) / Math.sqrt(judged * ALPHAS[index] * (1 - ALPHAS[index]))

const isKept = ({ judged, below }: Tally, index: number) =>
  isWithinBinomial(below[index], judged, ALPHAS[index], LEVEL)

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
const deviation = (values: readonly number[]) =>
  Math.sqrt(mean(values.map(value => (value - mean(values)) ** 2)))

function* verdicts(name: string, all: readonly Tally[]): Generator<{ alpha: number; share: number }> {
  for (const [index, alpha] of ALPHAS.entries()) {
    const share = mean(all.map(each => Number(isKept(each, index))))
    const excesses = all.map(each => excess(each, index))
    const rate = mean(all.map(({ judged, below }) => below[index] / judged))
    mention(
      `${name}, alpha ${alpha}: mean rate ${rate.toPrecision(3)}, ${(100 * share).toFixed(0)} % within; ` +
        `z ${mean(excesses).toFixed(2)} ± ${deviation(excesses).toFixed(2)}`,
    )
    yield { alpha, share }
  }
}

async function* rates(folder: string): AsyncGenerator<Finding> {
  const found: Tally[] = []
  const expected: Tally[] = []
  for (const set of setsIn(folder)) {
    const records = await normalsOf(set)
    const here = tally()
    for (const seed of SEEDS) {
      working(`${set.name}, seed ${seed}`)
      watch(records, seed, here)
      const alone = tally()
      ideal(records.length, seed, alone)
      expected.push(alone)
    }
    found.push(here)
    const said = ALPHAS.map((alpha, index) => {
      const rate = (here.below[index] / here.judged).toPrecision(3)
      return `${rate} at ${alpha}${isKept(here, index) ? '' : ' (outside)'}`
    })
    const left = SEEDS.length * records.length - here.judged
    mention(
      `${set.name}: ${said.join(', ')} of ${here.judged} records in ${SEEDS.length} passes, ${left} left out`,
    )
  }
  for (const _ of verdicts('independent scores in place of those of a detector', expected));
  for (const { alpha, share } of verdicts('detector', found))
    yield {
      what: `sets whose alarm rate at ${alpha} is within the binomial 99 % interval`,
      figure: share,
      goal: GOAL,
    }
}

/** Chances so small that no score of the window is as high. */
const BEYOND = [3e-4, 1e-4]
const WINDOWS = 301
const FACTOR = 3
/** Scores have a spread of some ten nats. */
const NATS = 10

interface Distribution {
  source(uniform: () => number): () => number
  exceeded(chance: number): number
  /** Nothing is promised of scores that end: to be careful, what is near their end is not taken for the end. */
  readonly bounded?: boolean
}

/** Distributions of scores: a source, and the score that is exceeded with a small chance. */
const distributions: Readonly<Record<string, Distribution>> = {
  uniform: { source: uniform => uniform, exceeded: chance => 1 - chance, bounded: true },
  normal: { source: normals, exceeded: normalQuantile },
  exponential: {
    source: uniform => () => -Math.log(1 - uniform()),
    exceeded: chance => -Math.log(chance),
  },
  'the sum of four exponentials': {
    source: uniform => () => -Math.log((1 - uniform()) * (1 - uniform()) * (1 - uniform()) * (1 - uniform())),
    exceeded: chance => inverse(x => Math.exp(-x) * (1 + x + x ** 2 / 2 + x ** 3 / 6), chance),
  },
  'log-normal': {
    source: uniform => {
      const normal = normals(uniform)
      return () => Math.exp(normal())
    },
    exceeded: chance => Math.exp(normalQuantile(chance)),
  },
  "Student's t(3)": { source: studentT3, exceeded: studentQuantile },
}

/** Where a decreasing function on [0, 1000] has a value, by halving. */
function inverse(decreasing: (x: number) => number, value: number): number {
  let low = 0
  let high = 1000
  for (let n = 0; n < 100; n++) {
    const middle = (low + high) / 2
    if (decreasing(middle) > value) low = middle
    else high = middle
  }
  return low
}

/** P(Z > x) for x ≥ 0, by Simpson's rule on the density from x to x + 12, beyond which there are 1e-33. */
function normalTail(x: number): number {
  const steps = 400
  const width = 12 / steps
  let sum = 0
  for (let n = 0; n <= steps; n++) {
    const weight = n === 0 || n === steps ? 1 : n % 2 === 1 ? 4 : 2
    sum += weight * Math.exp(-((x + n * width) ** 2) / 2)
  }
  return (sum * width) / 3 / Math.sqrt(2 * Math.PI)
}

function normalQuantile(chance: number): number {
  return inverse(normalTail, chance)
}

/** P(T > x) = 1/2 − (atan(x/√3) + √3 x / (x² + 3)) / π with 3 degrees of freedom. */
function studentQuantile(chance: number): number {
  const root = Math.sqrt(3)
  return inverse(x => 0.5 - (Math.atan(x / root) + (root * x) / (x * x + 3)) / Math.PI, chance)
}

/** p-values over the true chance, for as many windows, ascending. */
function ratios(name: string, chance: number): number[] {
  const { source, exceeded } = distributions[name]
  const draw = source(uniforms(1))
  const score = NATS * exceeded(chance)
  return Array.from({ length: WINDOWS }, () => {
    const calibrator = new Calibrator(Array.from({ length: WINDOW }, () => NATS * draw()))
    return calibrator.pValue(score)! / chance
  }).sort((a, b) => a - b)
}

function* tails(): Generator<Finding> {
  for (const name of Object.keys(distributions))
    for (const chance of BEYOND) {
      const sorted = ratios(name, chance)
      const at = (share: number) => sorted[Math.floor(share * WINDOWS)]
      mention(
        `${name}, chance ${chance}: p is ${at(0.5).toFixed(2)} times that, ` +
          `in eight of ten windows ${at(0.1).toFixed(2)} to ${at(0.9).toFixed(2)} times`,
      )
      if (distributions[name].bounded) continue
      const figure = Math.max(at(0.5), 1 / at(0.5))
      yield {
        what: `${name} scores, chance ${chance}: p is off by a factor of`,
        figure,
        goal: FACTOR,
        bound: 'most',
      }
    }
}

export async function* calibration(folder: string): AsyncGenerator<Finding> {
  yield* tails()
  yield* rates(folder)
}
