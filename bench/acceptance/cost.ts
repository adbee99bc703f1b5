/** What a record costs: the kernel of prototypes beside the same in C, the detector, and the command from end to end. */
import { spawnSync } from 'node:child_process'
import { createWriteStream, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'
import { uniforms } from '../../fixtures/random.ts'
import { FIELDS, recordLines } from '../../fixtures/records.ts'
import { prototype } from '../../pipeline/experts/prototype.ts'
import { Detector } from '../../pipeline/index.ts'
import type { Finding } from './finding.ts'
import { type Part, type Profile, shares } from './profile.ts'
import { mention, working } from './progress.ts'

/** Fields, and microseconds a row of 64 experts with 16 centres in plain C (gcc -O3, one core, squared distances). */
const inC: ReadonlyMap<number, number> = new Map([
  [9, 7],
  [100, 17],
])
const EXPERTS = 64
const CENTRES = 16

/** Records before anything is measured: ranges are settled and every expert has its centres. */
const LEARNED = 4096
const TURNS = 25
const A_TURN = 256

/** Rows with one common cause and noise: centres differ in how near they are. */
function* rowsOf(width: number): Generator<Float32Array> {
  const uniform = uniforms(1)
  for (;;) {
    const shared = uniform()
    yield Float32Array.from({ length: width }, () => shared + uniform())
  }
}

function take<T>(source: Iterator<T>, count: number): T[] {
  return Array.from({ length: count }, () => source.next().value)
}

/** Microseconds that `work` takes for one of `items`: in the fastest turn, for others may use the machine too. */
function microseconds<T>(items: Iterator<T>, work: (item: T) => void): number {
  for (const item of take(items, LEARNED)) work(item)
  const turns = Array.from({ length: TURNS }, () => {
    const list = take(items, A_TURN)
    const started = performance.now()
    for (const item of list) work(item)
    return (1000 * (performance.now() - started)) / A_TURN
  })
  return Math.min(...turns)
}

function kernelCost(width: number): number {
  const product = prototype.create([{ kind: 'real', size: width }], { experts: EXPERTS, centres: CENTRES })
  const cost = microseconds(rowsOf(width), row => {
    product.freeEnergy(row)
    product.learnOne(row)
  })
  product.release()
  return cost
}

function* recordsOf(width: number): Generator<Record<string, number>> {
  for (const row of rowsOf(width)) yield Object.fromEntries([...row].map((value, n) => [`x${n}`, value]))
}

function detectorCost(width: number, why: number | undefined): number {
  const detector = new Detector({ why })
  const cost = microseconds(recordsOf(width), record => detector.observe(record))
  detector.release()
  return cost
}

const program = fileURLToPath(new URL('../../dist/cli/index.js', import.meta.url))
const RECORDS = 100_000

/** Seconds that `veto score` takes from its start to its end, and where they go. */
async function endToEnd(): Promise<{ seconds: number; start: number; parts: Map<Part, number> }> {
  const folder = mkdtempSync(join(tmpdir(), 'veto-cost-'))
  try {
    const [one, many] = [join(folder, 'one.ndjson'), join(folder, 'many.ndjson')]
    await pipeline(Readable.from(recordLines(1, 1)), createWriteStream(one))
    await pipeline(Readable.from(recordLines(RECORDS, 1)), createWriteStream(many))
    const start = seconds(one)
    const whole = seconds(many)
    seconds(many, ['--cpu-prof', '--cpu-prof-dir', folder])
    const profile = readdirSync(folder).find(name => name.endsWith('.cpuprofile'))
    if (profile === undefined) throw new Error(`Expected a profile of ${program} in ${folder}, got none.`)
    const parts = shares(JSON.parse(readFileSync(join(folder, profile), 'utf8')) as Profile)
    return { seconds: whole, start, parts }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function seconds(file: string, nodeOptions: readonly string[] = []): number {
  const started = performance.now()
  const stdio = ['ignore', 'ignore', 'inherit'] as const
  const { status } = spawnSync(process.execPath, [...nodeOptions, program, 'score', '--quiet', file], {
    stdio: [...stdio],
  })
  if (status !== 0) throw new Error(`Expected ${program} to score ${file}, but it ended with ${status}.`)
  return (performance.now() - started) / 1000
}

export async function* cost(): AsyncGenerator<Finding> {
  for (const [fields, goal] of inC) {
    working(`${fields} fields`)
    const what = `prototypes, ${EXPERTS} × ${CENTRES} centres, ${fields} fields: µs to score and learn a row`
    yield { what, figure: kernelCost(fields), goal, bound: 'most' }
    const [bare, reasons] = [detectorCost(fields, 0), detectorCost(fields, undefined)]
    mention(`detector, ${fields} fields: ${bare.toFixed(1)} µs a record, ${reasons.toFixed(1)} with reasons`)
  }
  working(`veto score, ${RECORDS} records, three times`)
  const { seconds, start, parts } = await endToEnd()
  const rate = (over: number) => `${Math.round(RECORDS / over).toLocaleString('en')} records/s`
  mention(
    `veto score, ${RECORDS} records of ${FIELDS} numbers: ${rate(seconds)} with its start, which takes ${start.toFixed(2)} s`,
  )
  for (const [part, share] of parts) mention(`  ${(100 * share).toFixed(1).padStart(5)} % ${part}`)
}
