/** The short torture, as a promise: kills, full disks and damaged checkpoints; `npm run torture` does it at length. */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Finding } from './finding.ts'
import { mention, working } from './progress.ts'

const harness = fileURLToPath(new URL('../torture/index.ts', import.meta.url))
const KILLS = 20
const RECORDS = 8000

export function* reliability(): Generator<Finding> {
  working(`torture, ${KILLS} kills`)
  const arguments_ = [
    '--import',
    'tsx',
    harness,
    '--short',
    '--kills',
    String(KILLS),
    '--records',
    String(RECORDS),
  ]
  const { stdout } = spawnSync(process.execPath, arguments_, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  for (const line of stdout.trim().split('\n')) mention(line)
  const [, kills, lost, duplicated, identical] =
    /^kills (\d+), lost (\d+), duplicated (\d+), identical (yes|no)$/m.exec(stdout) ?? []
  yield { what: 'kills', figure: Number(kills ?? 0), goal: KILLS }
  yield { what: 'records lost', figure: Number(lost ?? RECORDS), goal: 0, bound: 'most' }
  yield { what: 'records that came twice', figure: Number(duplicated ?? RECORDS), goal: 0, bound: 'most' }
  yield { what: 'byte for byte what one life writes (1: yes)', figure: Number(identical === 'yes'), goal: 1 }
}
