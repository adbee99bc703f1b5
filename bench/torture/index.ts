/**
 * Has the command line killed, its disk filled and its checkpoints damaged, and compares what comes out with what comes
 * out when nothing happens.
 *
 *   npm run torture                                    200 kills of a stream of 200,000 records, and all the rest
 *   npm run torture -- --kills 50 --records 20000      less of it
 *   npm run torture -- --only disk                     one part: kills, follow, disk, truncation
 *   npm run test:torture                               the short version, for continuous integration
 *
 * The last line says how often it was killed, how many records were lost or came twice, and whether all bytes were the
 * same; the exit code is 0 only when nothing was lost and all were.
 */
import { spawnSync } from 'node:child_process'
import { Command, InvalidArgumentError, Option } from 'commander'
import { openBar } from './bar.ts'
import { canMount, fillDisks } from './disk.ts'
import { killRepeatedly, type Scale } from './kills.ts'
import { failed, type Result } from './result.ts'
import { damageCheckpoints } from './truncation.ts'
import { type Variant, variants } from './variants.ts'
import { Workshop } from './veto.ts'

const parts = ['kills', 'follow', 'disk', 'truncation', 'keys'] as const
type Part = (typeof parts)[number]

interface Flags extends Scale {
  readonly only?: Part
  readonly short?: boolean
}

function count(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text)
  throw new InvalidArgumentError(`Expected a whole number from 1 on, got '${text}'.`)
}

const program = new Command('npm run torture --')
  .addOption(new Option('--kills <n>', 'how often the main case is killed').argParser(count).default(200))
  .addOption(new Option('--records <n>', 'length of its stream').argParser(count).default(200_000))
  .addOption(new Option('--seed <n>', 'of streams and moments').argParser(count).default(1))
  .addOption(new Option('--only <part>', 'one part of it').choices(parts))
  .option('--short', 'end in a line of cases passed and failed')
  .parse()
const flags = program.opts<Flags>()
const wanted = (part: Part) => flags.only === undefined || flags.only === part

// Where this user may not mount, the whole runs again in a namespace of its own; where there are no such namespaces, the
// cases that need one fail and say what to do.
if (wanted('disk') && !canMount() && spawnSync('unshare', ['-rm', 'true']).status === 0) {
  const again = ['-rm', process.execPath, ...process.execArgv, ...process.argv.slice(1)]
  const { status } = spawnSync('unshare', again, { stdio: 'inherit' })
  process.exit(status ?? 1)
}

/** Which part of the torture a variant belongs to. */
const partOf = ({ source, flags }: Variant): Part =>
  source !== 'file' ? 'follow' : flags.includes('--key') ? 'keys' : 'kills'

const shop = new Workshop()
process.on('exit', () => shop.clear())
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(1))

const results: Result[] = []
function take(found: readonly Result[], seconds: number): void {
  for (const { name, kills, problems, note = '' } of found) {
    const killed = kills > 0 ? `: killed ${kills} times` : ''
    console.log(`${problems.length === 0 ? 'ok    ' : 'FAILED'} ${name}${killed}${note && ` (${note})`}`)
    for (const problem of problems) console.log(`       ${problem}`)
  }
  console.log(`       ${seconds.toFixed(1)} s`)
  results.push(...found)
}

/** Carry out a part with a progress bar; what stops it is its failure. */
async function carryOut(
  name: string,
  total: number,
  work: (bar: ReturnType<typeof openBar>) => Promise<Result[]>,
) {
  const bar = openBar(name, total)
  const started = performance.now()
  const found = await work(bar).catch(error => [failed(name, error)])
  bar.stop()
  take(found, (performance.now() - started) / 1000)
}

for (const variant of variants.filter(variant => wanted(partOf(variant)))) {
  const { kills, records, seed } = flags
  const share = (whole: number) => Math.max(1, Math.round(variant.share * whole))
  const scale = { kills: share(kills), records: share(records), seed }
  await carryOut(variant.name, scale.kills, async bar => [await killRepeatedly(shop, variant, scale, bar)])
}
const { seed, short } = flags
if (wanted('disk')) {
  const scale = short ? { records: 1500, seed, step: 0.3 } : { records: 20_000, seed, step: 0.1 }
  await carryOut('full disks', 4, () => fillDisks(shop, scale))
}
if (wanted('truncation')) {
  const scale = short
    ? { records: 1000, seed, every: 2, flips: 0 }
    : { records: 3000, seed, every: 1, flips: 40 }
  await carryOut('checkpoints', 60, bar => damageCheckpoints(shop, scale, bar))
}

const sum = (figure: (result: Result) => number) =>
  results.reduce((total, result) => total + figure(result), 0)
const bad = results.filter(({ problems }) => problems.length > 0).length
const passed = `${results.length - bad} passed, ${bad} failed`
const [kills, lost, duplicated] = [sum(r => r.kills), sum(r => r.lost), sum(r => r.duplicated)]
const identical = results.length > 0 && results.every(({ identical }) => identical) ? 'yes' : 'no'
const verdict = `kills ${kills}, lost ${lost}, duplicated ${duplicated}, identical ${identical}`
console.log((short ? [verdict, passed] : [passed, verdict]).join('\n'))
process.exitCode = identical === 'yes' && bad === 0 ? 0 : 1
