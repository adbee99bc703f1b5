/**
 * npm run bench:kernels: CD-1, one example at a time, this project's kernel and its rivals in turn in one run.
 *
 * One core for everyone: `taskset -c 1 npm run bench:kernels` (rivals inherit it). Ratios mean more than times: the
 * contestants take turns, so a slow second of the machine is everyone's.
 */
import { cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { uniforms } from '../fixtures/random.ts'
import * as binaries from '../pipeline/binaries/rbm.ts'
import { check } from './check.ts'
import { type Contestant, type Problem, rival, veto } from './contestants.ts'
import { openblas, scikit } from './peers.ts'

const usage = `npm run bench:kernels -- [options]
  --size DxH      784x500 (default), may be given again; others of interest: 256x500 100x40 64x32 640x64 4096x1024
  --rounds N      turns that everyone takes (default 41)
  --ms N          length of a turn (default 20); short turns are seldom interrupted
  --wasm FILE     a kernel of another origin, may be given again; its exports: bench/peers/README.md
  --panel ROWS    rows of W that kernels given with --wasm work on at a time, where they have setPanel
  --python FILE   a Python that has scikit-learn (default /usr/bin/python3)
  --no-peers      without OpenBLAS and scikit-learn`

const { values: options } = parseArgs({
  options: {
    size: { type: 'string', multiple: true, default: ['784x500'] },
    rounds: { type: 'string', default: '41' },
    ms: { type: 'string', default: '20' },
    wasm: { type: 'string', multiple: true, default: [] },
    panel: { type: 'string' },
    python: { type: 'string', default: '/usr/bin/python3' },
    'no-peers': { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

/** A relaxed module on an engine without relaxed SIMD is no contestant. */
function startable(make: () => Contestant): Contestant | undefined {
  try {
    return make()
  } catch (error) {
    console.error(`not taking part: ${(error as Error).message}`)
    return undefined
  }
}

const hasRelaxed = WebAssembly.validate(Buffer.from(binaries.relaxed, 'base64'))

function enter(): Contestant[] {
  const panel = options.panel === undefined ? undefined : Number(options.panel)
  const all = [
    ...[false, true]
      .filter(relaxed => !relaxed || hasRelaxed)
      .flatMap(relaxed => [veto('learnMany', relaxed), veto('learnOne', relaxed)]),
    ...options.wasm.map(file => startable(() => rival(file, panel))),
    ...(options['no-peers'] ? [] : [openblas(), scikit(options.python)]),
  ]
  return all.filter(contestant => contestant !== undefined)
}

const RATE = 0.001
const ROWS = 64

/** Rows of zeros and ones, a fifth of them ones, and small weights. */
function problemOf(width: number, hidden: number): Problem {
  const uniform = uniforms(1)
  return {
    width,
    hidden,
    w: Float32Array.from({ length: hidden * width }, () => 0.02 * (uniform() - 0.5)),
    b: new Float32Array(width),
    c: new Float32Array(hidden),
    rows: Float32Array.from({ length: ROWS * width }, () => Number(uniform() < 0.2)),
  }
}

/** How many examples make a turn of about `ms`; everyone is warm afterwards. */
async function turnLength(contestant: Contestant, problem: Problem, ms: number): Promise<number> {
  await contestant.load(problem)
  let count = ROWS
  for (;;) {
    const milliseconds = (await contestant.learn(count, RATE)) / 1000
    if (milliseconds >= ms / 2) return Math.max(1, Math.round((count * ms) / milliseconds))
    count *= 2
  }
}

const middle = (sorted: readonly number[]) => sorted[sorted.length >> 1]
const median = (values: readonly number[]) => middle([...values].sort((a, b) => a - b))

/** Everyone's microseconds an example, one number a round. */
async function race(
  contestants: readonly Contestant[],
  problem: Problem,
): Promise<Map<Contestant, number[]>> {
  const counts = new Map<Contestant, number>()
  for (const contestant of contestants) {
    counts.set(contestant, await turnLength(contestant, problem, Number(options.ms)))
  }
  const times = new Map(contestants.map(contestant => [contestant, [] as number[]]))
  for (let round = 0; round < Number(options.rounds); round++) {
    for (const [contestant, count] of counts) {
      await contestant.load(problem)
      times.get(contestant)!.push((await contestant.learn(count, RATE)) / count)
    }
  }
  return times
}

/** A table of medians and minima; ratios are medians over rounds of the ratio within a round. */
function report(times: Map<Contestant, number[]>, { width, hidden }: Problem): void {
  const [own] = times.values()
  console.log(`\n${width}×${hidden}, CD-1, µs an example`)
  console.log('| | median | fastest | times the first |\n|---|---:|---:|---:|')
  for (const [{ name }, values] of times) {
    const ratio = median(values.map((value, round) => value / own[round]))
    console.log(
      `| ${name} | ${median(values).toFixed(2)} | ${Math.min(...values).toFixed(2)} | ${ratio.toFixed(3)} |`,
    )
  }
}

async function main(): Promise<void> {
  if (options.help) return console.log(usage)
  const contestants = enter()
  console.log(`${cpus()[0].model}, Node ${process.version}, V8 ${process.versions.v8}`)
  try {
    for (const size of options.size) {
      const [width, hidden] = size.split('x').map(Number)
      await check(contestants, width, hidden)
      const problem = problemOf(width, hidden)
      report(await race(contestants, problem), problem)
    }
  } finally {
    for (const contestant of contestants) contestant.close()
  }
}

await main()
