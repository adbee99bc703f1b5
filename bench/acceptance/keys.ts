/**
 * Ten thousand keys with a hundred records each, interleaved, so that every key comes back just when it has been longest
 * away: memory with all models in it and with few, records a second, and whether two workers answer as one does.
 */
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { createWriteStream, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'
import { uniforms } from '../../fixtures/random.ts'
import type { Finding } from './finding.ts'
import { mention, working } from './progress.ts'

const KEYS = 10_000
const EACH = 100
/** What models may take in memory, in megabytes: all of them, or few. */
const PLENTY = 1024
const LITTLE = 64
/** What a process takes beside models of keys: program, kernels, buffers, and garbage of states that come and go. */
const PROCESS = 256

const program = fileURLToPath(new URL('../../dist/cli/index.js', import.meta.url))
/**
 * Has the process say, on a fourth stream, how much memory of its own it had at most, in kilobytes: without the pages of
 * files that the system keeps in memory while there is room, as it does of the store (Linux; elsewhere with them). And
 * then how much it had with them.
 */
const reporter = `data:text/javascript,${encodeURIComponent(
  `import { existsSync, readFileSync, writeSync } from 'node:fs'
  import { isMainThread } from 'node:worker_threads'
  const status = '/proc/self/status'
  const own = () => existsSync(status) && Number(/RssAnon:\\s+(\\d+)/.exec(readFileSync(status, 'latin1'))?.[1])
  let most = 0
  const look = () => { most = Math.max(most, own() || process.memoryUsage.rss() / 1024) }
  if (isMainThread) {
    setInterval(look, 500).unref()
    process.on('exit', () => writeSync(3, [most, process.resourceUsage().maxRSS].join(' ')))
  }`,
)}`

/** A round of all keys after the other; each key has a level of its own. */
function* rounds(): Generator<string> {
  const uniform = uniforms(1)
  for (let round = 0; round < EACH; round++) {
    const lines: string[] = []
    for (let key = 0; key < KEYS; key++) {
      const level = (key % 97) + uniform()
      const [load, latency] = [level.toFixed(3), (3 * level + uniform()).toFixed(3)]
      const status = uniform() < 0.95 ? 200 : 500
      lines.push(`{"host":"h${key}","load":${load},"latency":${latency},"status":"s${status}"}\n`)
    }
    yield lines.join('')
  }
}

interface Run {
  /** Of the process's own memory, and with the pages of files. */
  readonly megabytes: number
  readonly withFiles: number
  readonly rate: number
  /** Of the output. */
  readonly digest: string
  readonly lines: number
}

async function run(folder: string, workers: number, megabytes: number): Promise<Run> {
  working(`${KEYS} keys, ${workers} workers, ${megabytes} MB`)
  const started = performance.now()
  const model = join(folder, `${workers}-${megabytes}`)
  const flags = ['--key', 'host', '--memory', `${megabytes}M`, '--workers', String(workers), '--model', model]
  const arguments_ = [
    '--import',
    reporter,
    program,
    'score',
    '--quiet',
    ...flags,
    join(folder, 'records.ndjson'),
  ]
  const child = spawn(process.execPath, arguments_, { stdio: ['ignore', 'pipe', 'inherit', 'pipe'] })
  const peak = text(child.stdio[3] as Readable)
  const hash = createHash('sha256')
  let lines = 0
  for await (const chunk of child.stdout as Readable) {
    hash.update(chunk)
    for (let at = chunk.indexOf('\n'); at >= 0; at = chunk.indexOf('\n', at + 1)) lines++
  }
  const [own, all] = (await peak).split(' ').map(kilobytes => Number(kilobytes) / 1024)
  const seconds = (performance.now() - started) / 1000
  return { megabytes: own, withFiles: all, rate: lines / seconds, digest: hash.digest('hex'), lines }
}

export async function* keys(): AsyncGenerator<Finding> {
  const folder = mkdtempSync(join(tmpdir(), 'veto-keys-'))
  try {
    await pipeline(Readable.from(rounds()), createWriteStream(join(folder, 'records.ndjson')))
    const runs: [what: string, memory: number, run: Run][] = []
    for (const [workers, memory] of [
      [1, PLENTY],
      [1, LITTLE],
      [2, PLENTY],
    ]) {
      const what = `${KEYS} keys × ${EACH} records, ${workers} worker${workers > 1 ? 's' : ''}, --memory ${memory}M`
      const outcome = await run(folder, workers, memory)
      runs.push([what, memory, outcome])
      mention(
        `${what}: ${Math.round(outcome.rate)} records/s, own memory at most ${outcome.megabytes.toFixed(0)} MB, with pages of files ${outcome.withFiles.toFixed(0)} MB`,
      )
    }
    for (const [what, memory, { megabytes, lines, digest }] of runs) {
      yield {
        what: `${what}: records without an answer`,
        figure: KEYS * EACH - lines,
        goal: 0,
        bound: 'most',
      }
      yield {
        what: `${what}: own memory at most, MB`,
        figure: megabytes,
        goal: memory + PROCESS,
        bound: 'most',
      }
      yield {
        what: `${what}: answers as with the first (1: yes)`,
        figure: Number(digest === runs[0][2].digest),
        goal: 1,
      }
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
}
