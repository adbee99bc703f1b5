/**
 * Has one process score and learn ten million records, and looks whether its memory grows, whether it slows down, and
 * whether every score is a number.
 *
 *   npm run soak                            10,000,000 records: about half an hour
 *   npm run soak -- --records 1000000       fewer
 */
import { type ChildProcess, spawn } from 'node:child_process'
import type { Readable } from 'node:stream'
import { finished } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'
import { Command, InvalidArgumentError, Option } from 'commander'
import { type Finding, print } from '../acceptance/finding.ts'
import { mention } from '../acceptance/progress.ts'
import { openBar } from './bar.ts'
import { ScoreCount } from './score-count.ts'
import { slopeOf } from './slope.ts'
import { Workshop } from './veto.ts'

/** Seconds between two looks at the process. */
const EVERY = 5
/** Records before the first score. */
const WARMUP = 8
/** MB per million records: 10,000,000 records a day for a month are 300 MB at this rate. */
const SLOPE_GOAL = 1
/** What may be lost of the rate of the first tenth. */
const RATE_GOAL = 0.9

interface Sample {
  /** Seconds since the start. */
  readonly time: number
  readonly records: number
  /** Resident set size. */
  readonly megabytes: number
  /** Seconds of processor time, which others who use the machine do not change much. */
  readonly work: number
}

/** Has a process say its resident set size, in bytes, and its processor time, in microseconds, on a fourth stream. */
const reporter = `data:text/javascript,${encodeURIComponent(
  `import { writeSync } from 'node:fs'
  const look = () => {
    const { user, system } = process.cpuUsage()
    writeSync(3, process.memoryUsage.rss() + ' ' + (user + system) + '\\n')
  }
  setInterval(look, ${(1000 * EVERY) / 5}).unref()`,
)}`

function start(
  shop: Workshop,
  records: number,
  seed: number,
): { veto: ChildProcess; generator: ChildProcess } {
  const generating = fileURLToPath(new URL('generating.ts', import.meta.url))
  const generator = spawn(process.execPath, ['--import', 'tsx', generating, String(records), String(seed)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const arguments_ = ['score', '--quiet', '--ignore', 'id', '--model', shop.path('model')]
  const veto = spawn(process.execPath, ['--import', reporter, shop.program, ...arguments_], {
    stdio: [generator.stdout, 'pipe', 'inherit', 'pipe'],
  })
  // The other process has it now.
  generator.stdout?.destroy()
  return { veto, generator }
}

/** Samples and scores of one long run. */
async function soak(shop: Workshop, records: number, seed: number) {
  const { veto } = start(shop, records, seed)
  const bar = openBar('soaking', records)
  const scores = new ScoreCount()
  const samples: Sample[] = []
  let [megabytes, work] = [0, 0]
  const reports = veto.stdio[3] as Readable
  reports.setEncoding('utf8').on('data', text => {
    const [bytes, microseconds] = text.trim().split('\n').at(-1).split(' ').map(Number)
    megabytes = bytes / 2 ** 20
    work = microseconds / 1e6
  })
  const started = performance.now()
  const elapsed = () => (performance.now() - started) / 1000
  const timer = setInterval(() => {
    if (megabytes > 0) samples.push({ time: elapsed(), records: scores.records, megabytes, work })
    bar.update(scores.records)
  }, 1000 * EVERY)
  veto.stdout?.on('data', chunk => scores.take(chunk))
  const code = new Promise<number | null>(resolve => veto.on('close', resolve))
  await finished(veto.stdout as Readable)
  scores.end()
  const ended = { time: elapsed(), records: scores.records, megabytes, work }
  clearInterval(timer)
  bar.stop()
  return { samples: [...samples, ended], scores, code: await code }
}

/** Records a second from one share of the stream to another, by the clock or by the processor time of the process. */
function rate(samples: readonly Sample[], from: number, to: number, by: 'time' | 'work'): number {
  const last = samples[samples.length - 1]
  const at = (share: number) => samples.find(({ records }) => records >= share * last.records) ?? last
  const [first, second] = [at(from), at(to)]
  return (second.records - first.records) / Math.max(second[by] - first[by], 1e-9)
}

async function* measured(shop: Workshop, records: number, seed: number): AsyncGenerator<Finding> {
  const { samples, scores, code } = await soak(shop, records, seed)
  const half = samples.filter(({ records }) => records >= scores.records / 2)
  const { slope, error } = slopeOf(half.map(({ records, megabytes }) => [records / 1e6, megabytes]))
  const peak = Math.max(...samples.map(({ megabytes }) => megabytes))
  mention(
    `${records} records, ${samples.length} samples, exit code ${code}, RSS at most ${peak.toFixed(0)} MB`,
  )
  mention(`RSS slope ${slope.toFixed(3)} ± ${error.toFixed(3)} MB per million records over the second half`)
  // The first tenth begins after the start of the process and the warm-up of what compiles it.
  for (const [by, unit] of [
    ['time', 'records/s'],
    ['work', 'records per second of processor time'],
  ] as const) {
    const [first, last] = [rate(samples, 0.01, 0.1, by), rate(samples, 0.9, 1, by)]
    mention(`${Math.round(first)} ${unit} in the first tenth, ${Math.round(last)} in the last`)
  }
  const kept = rate(samples, 0.9, 1, 'work') / rate(samples, 0.01, 0.1, 'work')
  yield { what: 'records without an answer', figure: records - scores.records, goal: 0, bound: 'most' }
  yield { what: 'RSS slope, MB per million records', figure: slope, goal: SLOPE_GOAL, bound: 'most' }
  yield {
    what: 'records per second of processor time, last tenth beside first',
    figure: kept,
    goal: RATE_GOAL,
  }
  yield {
    what: 'records after the warm-up without a finite score',
    figure: scores.missing - WARMUP,
    goal: 0,
    bound: 'most',
  }
  yield { what: 'exit code', figure: code ?? -1, goal: 0, bound: 'most' }
}

function count(text: string): number {
  if (/^[1-9]\d{0,9}$/.test(text)) return Number(text)
  throw new InvalidArgumentError(`Expected a whole number from 1 on, got '${text}'.`)
}

const flags = new Command('npm run soak --')
  .addOption(new Option('--records <n>', 'how many').argParser(count).default(10_000_000))
  .addOption(new Option('--seed <n>', 'of the stream').argParser(count).default(1))
  .parse()
  .opts<{ records: number; seed: number }>()
const shop = new Workshop()
process.on('exit', () => shop.clear())
for await (const finding of measured(shop, flags.records, flags.seed))
  if (!print(finding)) process.exitCode = 1
