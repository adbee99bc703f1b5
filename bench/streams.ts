/**
 * How `veto score` holds a stream: memory in front of a slow reader, and speed beside bare JSON in the same run.
 *
 *   npm run bench:streams                  1,000,000 records
 *   npm run bench:streams -- 100000        fewer
 *
 * The records are 20 numbers each from a seeded generator (fixtures/records.ts).
 */
import { spawn } from 'node:child_process'
import { createWriteStream } from 'node:fs'
import { devNull } from 'node:os'
import { Readable, type Writable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { finished, pipeline } from 'node:stream/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { FIELDS, recordLines } from '../fixtures/records.ts'

const records = Number(process.argv[2] ?? 1_000_000)
/** Records that the parent makes at a time. */
const BATCH = 1000
/** What the slow reader takes in one go, and how long it rests afterwards: 20 MB/s at most. */
const GULP_BYTES = 1 << 20
const REST_MILLISECONDS = 50
const GOAL_MEGABYTES = 200

const program = fileURLToPath(new URL('../dist/cli/index.js', import.meta.url))
/** Has the child report its greatest resident set size, in kilobytes, on a fourth stream. */
const reporter =
  "import { writeSync } from 'node:fs'; process.on('exit', () => writeSync(3, String(process.resourceUsage().maxRSS)))"

function* batches(): Generator<string> {
  let batch = ''
  let count = 0
  for (const line of recordLines(records, 1)) {
    batch += line
    if (++count % BATCH === 0) {
      yield batch
      batch = ''
    }
  }
  if (batch) yield batch
}

interface Run {
  readonly seconds: number
  readonly megabytes: number
}

/** `veto score` from the generator into a reader. */
async function score(read: (output: Readable) => Promise<void>): Promise<Run> {
  const started = performance.now()
  const arguments_ = [
    '--import',
    `data:text/javascript,${encodeURIComponent(reporter)}`,
    program,
    'score',
    '--quiet',
  ]
  const child = spawn(process.execPath, arguments_, { stdio: ['pipe', 'pipe', 'inherit', 'pipe'] })
  const [input, output, , peak] = child.stdio as unknown as [Writable, Readable, null, Readable]
  const [, , kilobytes] = await Promise.all([
    pipeline(Readable.from(batches()), input),
    read(output),
    text(peak),
  ])
  return { seconds: (performance.now() - started) / 1000, megabytes: Number(kilobytes) / 1024 }
}

async function readSlowly(output: Readable): Promise<void> {
  let taken = 0
  for await (const chunk of output) {
    taken += (chunk as Uint8Array).length
    if (taken < GULP_BYTES) continue
    taken = 0
    await sleep(REST_MILLISECONDS)
  }
}

async function discard(output: Readable): Promise<void> {
  const sink = createWriteStream(devNull)
  output.pipe(sink)
  await finished(sink)
}

/** JSON.parse and JSON.stringify of the same lines, and nothing else; the generator's share is left out. */
function bareJson(): number {
  let seconds = 0
  let bytes = 0
  for (const batch of batches()) {
    const started = performance.now()
    for (const line of batch.trimEnd().split('\n')) bytes += JSON.stringify(JSON.parse(line)).length
    seconds += (performance.now() - started) / 1000
  }
  if (bytes === 0) throw new Error('Expected records, got none.')
  return seconds
}

const rate = (seconds: number) => `${Math.round(records / seconds).toLocaleString('en')} records/s`

console.log(`${records.toLocaleString('en')} records of ${FIELDS} numbers, Node ${process.version}`)
const json = bareJson()
console.log(`bare JSON.parse + JSON.stringify   ${rate(json)}`)
const fast = await score(discard)
console.log(
  `veto score into ${devNull}          ${rate(fast.seconds)}, ${(fast.seconds / json).toFixed(1)} times as long, peak ${fast.megabytes.toFixed(0)} MB`,
)
const slow = await score(readSlowly)
const verdict = slow.megabytes < GOAL_MEGABYTES ? 'within' : 'MISSES'
console.log(
  `veto score into a slow reader      ${rate(slow.seconds)}, peak ${slow.megabytes.toFixed(0)} MB (${verdict} the goal of ${GOAL_MEGABYTES} MB)`,
)
