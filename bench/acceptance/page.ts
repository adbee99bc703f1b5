/** How fast the page of examples/browser/ learns while it draws, in Chromium; npm run test:runtimes installs its parts. */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Finding } from './finding.ts'
import { mention, working } from './progress.ts'

const RUNS = 3

/** Records a second, frames in the poorest second, and the longest time between two frames in milliseconds. */
interface Speed {
  readonly rate: number
  readonly frames: number
  readonly pause: number
}

/** In a process of its own: what it needs is installed in its own folder. */
function measured(): Record<'stream' | 'csv', Speed> {
  const program = fileURLToPath(new URL('../../test/runtimes/browser-page-speed.ts', import.meta.url))
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', program, String(RUNS)], {
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`Expected ${program} to measure, but it ended with ${status}:\n${stderr}`)
  return JSON.parse(stdout)
}

export function* page(): Generator<Finding> {
  working(`the page, ${RUNS} runs`)
  const speeds = measured()
  for (const [source, what] of [
    ['stream', 'a stream of five numbers'],
    ['csv', 'the same as a file of CSV'],
  ] as const) {
    const { rate, frames, pause } = speeds[source]
    yield { what: `page, ${what}: records learned and drawn a second`, figure: rate, goal: 20_000 }
    yield { what: `page, ${what}: frames in the poorest second`, figure: frames, goal: 30 }
    mention(`longest time between two frames: ${pause.toFixed(0)} ms`)
  }
}
