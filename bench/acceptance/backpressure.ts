/**
 * Readers that are slower than the records, and one that stalls, in front of every kind of source: memory stays where it
 * is and nothing is lost. The records are plain ones (fixtures/records.ts), numbered.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream, mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable, type Writable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { recordLines } from '../../fixtures/records.ts'
import type { Finding } from './finding.ts'
import { mention, working } from './progress.ts'

/** 14 MB of input that become 40 MB of output: many times what pipes and sockets hold. */
const RECORDS = 60_000
const BATCH = 500
/** What the slow reader takes in a second, and the seconds after which it takes all that is left. */
const SLOWLY = 1000
const SECONDS = 20
const MEGABYTES = 200
const NEWLINE = 10

const program = fileURLToPath(new URL('../../dist/cli/index.js', import.meta.url))
/** Has the process say its greatest resident set size, in kilobytes, on a fourth stream when it ends. */
const reporter = `data:text/javascript,${encodeURIComponent(
  "import { writeSync } from 'node:fs'; process.on('exit', () => writeSync(3, String(process.resourceUsage().maxRSS)))",
)}`

function* batches(): Generator<string> {
  let batch = ''
  let id = 0
  for (const line of recordLines(RECORDS, 1)) {
    batch += `{"id":${++id},${line.slice(1)}`
    if (id % BATCH === 0) {
      yield batch
      batch = ''
    }
  }
  yield batch
}

/** Checks that numbered records arrive in order, each once. */
class Arrivals {
  count = 0
  /** Records that are not the successor of the one before. */
  outOfOrder = 0
  #last = 0
  #rest = ''

  take(chunk: Uint8Array): void {
    const lines = (this.#rest + Buffer.from(chunk).toString('latin1')).split('\n')
    this.#rest = lines.pop() ?? ''
    for (const line of lines) {
      const id = Number(/^\{"id":(\d+),/.exec(line)?.[1])
      this.count++
      if (id !== this.#last + 1) this.outOfOrder++
      this.#last = id
    }
  }
}

type Consumer = (output: Readable, arrivals: Arrivals) => Promise<void>

/** Chunk by chunk, resting after each as long as its records take, for a while. */
const slow: Consumer = async (output, arrivals) => {
  const until = performance.now() + 1000 * SECONDS
  for await (const chunk of output) {
    arrivals.take(chunk)
    const records = (chunk as Uint8Array).reduce((sum, byte) => sum + Number(byte === NEWLINE), 0)
    if (performance.now() < until) await sleep((1000 * records) / SLOWLY)
    if (arrivals.count >= RECORDS) return
  }
}

/** Nothing at all for a while. */
const stalled: Consumer = async (output, arrivals) => {
  await sleep(1000 * SECONDS)
  for await (const chunk of output) {
    arrivals.take(chunk)
    if (arrivals.count >= RECORDS) return
  }
}

const consumers: Readonly<Record<string, Consumer>> = {
  [`${SLOWLY} records/s`]: slow,
  [`stalled for ${SECONDS} s`]: stalled,
}

interface Feed {
  readonly arguments: readonly string[]
  readonly endless?: boolean
  /** Hand the records over, where they are no file. */
  feed?(child: ChildProcess): Promise<void>
}

const feeds = (file: string): Readonly<Record<string, Feed>> => ({
  file: { arguments: [file] },
  pipe: {
    arguments: ['-'],
    feed: child => pipeline(Readable.from(batches()), child.stdin as Writable),
  },
  socket: {
    arguments: ['--listen', '127.0.0.1:0'],
    endless: true,
    async feed(child) {
      let said = ''
      while (!/listening on /.test(said)) {
        if (child.exitCode !== null) throw new Error(`expected it to listen, it ended: ${said}`)
        said += String((await Promise.race([once(child.stderr as Readable, 'data'), once(child, 'exit')]))[0])
      }
      const client = connect({ host: '127.0.0.1', port: Number(/listening on \S+:(\d+)/.exec(said)?.[1]) })
      await pipeline(Readable.from(batches()), client)
    },
  },
})

/** Megabytes at most, and what arrived. */
async function run(feed: Feed, consume: Consumer): Promise<{ megabytes: number; arrivals: Arrivals }> {
  const arguments_ = ['--import', reporter, program, 'score', '--ignore', 'id', ...feed.arguments]
  const child = spawn(process.execPath, arguments_, { stdio: ['pipe', 'pipe', 'pipe', 'pipe'] })
  const arrivals = new Arrivals()
  child.stderr.resume()
  const peak = text(child.stdio[3] as Readable)
  await Promise.all([feed.feed?.(child), consume(child.stdout, arrivals)])
  // Nobody says that no more clients will come.
  if (feed.endless) child.kill('SIGTERM')
  const kilobytes = await peak
  if (kilobytes === '') throw new Error('expected it to end by itself and say its memory, got nothing')
  return { megabytes: Number(kilobytes) / 1024, arrivals }
}

export async function* backpressure(): AsyncGenerator<Finding> {
  const folder = mkdtempSync(join(tmpdir(), 'veto-backpressure-'))
  try {
    const file = join(folder, 'records.ndjson')
    await pipeline(Readable.from(batches()), createWriteStream(file))
    for (const [source, feed] of Object.entries(feeds(file))) {
      working(`backpressure, ${source}`)
      const cases = Object.entries(consumers)
      const outcomes = await Promise.all(cases.map(([, consume]) => run(feed, consume)))
      for (const [n, { megabytes, arrivals }] of outcomes.entries()) {
        const what = `${source} into a reader, ${cases[n][0]}`
        mention(`${what}: ${arrivals.count} records, ${arrivals.outOfOrder} out of order`)
        const wrong = RECORDS - arrivals.count + arrivals.outOfOrder
        yield {
          what: `${what}: records lost, repeated or out of order`,
          figure: wrong,
          goal: 0,
          bound: 'most',
        }
        yield { what: `${what}: peak RSS, MB`, figure: megabytes, goal: MEGABYTES, bound: 'most' }
      }
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
}
