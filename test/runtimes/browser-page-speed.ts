/**
 * How fast the page of examples/browser/ learns while it draws, as JSON on standard output: the best of several runs,
 * for others may use the machine too.
 *
 *   npx tsx test/runtimes/browser-page-speed.ts [RUNS]
 */
import type { Page } from 'playwright-core'
import { pump, type SampleBatch } from '../../examples/browser/pump.ts'
import { choose, figure, fileRead, frameTimes, type Served, servePage } from './browser-page.ts'

/** Seconds of the stream that are measured, after as many to warm up. */
const SECONDS = 4
/** Lines of CSV. */
const LINES = 120_000

/** What a run gave. */
interface Speed {
  /** Records learned a second. */
  readonly rate: number
  /** Frames drawn in the poorest of its seconds. */
  readonly frames: number
  /** Milliseconds between two frames, at most. */
  readonly pause: number
}

/** Frames of the poorest whole second, and the longest time between two frames, of those between two times. */
function framesBetween(times: readonly number[], begin: number, end: number): Omit<Speed, 'rate'> {
  const within = times.filter(time => time >= begin && time <= end)
  const gaps = within.slice(1).map((time, index) => time - within[index])
  const seconds = Array.from({ length: Math.floor((end - begin) / 1000) }, (_, second) => {
    const start = begin + 1000 * second
    return within.filter(time => time >= start && time < start + 1000).length
  })
  return { frames: Math.min(...seconds), pause: Math.max(...gaps) }
}

const now = (page: Page): Promise<number> => page.evaluate(() => performance.now())

/** Begin `work`, and measure between two times at which the page says how many records it has learned. */
async function speed(page: Page, finished: () => Promise<unknown>): Promise<Speed> {
  const [begin, before] = [await now(page), await figure(page, 'learned')]
  await finished()
  const [end, after] = [await now(page), await figure(page, 'learned')]
  const rate = (1000 * (after - before)) / (end - begin)
  return { rate, ...framesBetween(await frameTimes(page), begin, end) }
}

async function inPage(served: Served, run: (page: Page) => Promise<Speed>): Promise<Speed> {
  const opened = await served.open({ viewport: { width: 1280, height: 800 } })
  try {
    return await run(opened.page)
  } finally {
    await opened.close()
  }
}

const stream = (served: Served) =>
  inPage(served, async page => {
    await choose(page, 'Stream')
    await page.waitForTimeout(1000 * SECONDS)
    return speed(page, () => page.waitForTimeout(1000 * SECONDS))
  })

/** The same gauges as text, once: making them takes longer than sending them. */
function csvOfGauges(): Buffer {
  const { records } = pump(LINES).next().value as SampleBatch
  const [first] = records
  const lines = records.map(record => Object.values(record).join(','))
  return Buffer.from([Object.keys(first).join(','), ...lines].join('\n'))
}

const csv = (served: Served, buffer: Buffer) =>
  inPage(served, async page => {
    await page.locator('#file').setInputFiles({ name: 'gauges.csv', mimeType: 'text/csv', buffer })
    return speed(page, () => fileRead(page))
  })

/** How far a run is above what is promised: 20,000 records and 30 frames a second. */
const worth = ({ rate, frames }: Speed) => Math.min(rate / 20_000, frames / 30)

const better = (a: Speed | undefined, b: Speed) => (a && worth(a) > worth(b) ? a : b)

const runs = Number(process.argv[2] ?? 3)
const served = await servePage()
const file = csvOfGauges()
let best: Partial<Record<'stream' | 'csv', Speed>> = {}
for (let run = 0; run < runs; run++) {
  const [streamed, read] = [await stream(served), await csv(served, file)]
  console.error(JSON.stringify({ streamed, read }))
  best = { stream: better(best.stream, streamed), csv: better(best.csv, read) }
}
await served.close()
console.log(JSON.stringify(best))
