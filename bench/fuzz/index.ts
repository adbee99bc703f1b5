/**
 * Gives millions of mutated inputs to whatever reads data of others, and looks for crashes, hangs and memory that grows.
 *
 *   npm run fuzz                                       all targets, a minute each
 *   npm run fuzz -- csv --runs 100000 --seed 7         one of them, so many inputs
 *   npm run fuzz -- --seconds 600                      all of them, ten minutes each
 *
 * What is found is saved under build/fuzz/<target>/; once it is mended it belongs under fixtures/fuzz/<target>/, where a
 * test runs it again. The last line sums up; the exit code is 0 only when nothing was found.
 */
import { createHash } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Argument, Command, InvalidArgumentError } from 'commander'
import { targets } from './targets/index.ts'
import { type Outcome, watched } from './watch.ts'

function count(text: string): number {
  if (/^[1-9]\d{0,9}$/.test(text)) return Number(text)
  throw new InvalidArgumentError(`Expected a whole number from 1 on, got '${text}'.`)
}

const names = targets.map(({ name }) => name)
const program = new Command('npm run fuzz --')
  .addArgument(new Argument('[target]', 'what is fuzzed; all of them when none is named').choices(names))
  .option('--runs <n>', 'inputs for each target', count)
  .option('--seconds <s>', 'time for each target (default: 60, unlimited with --runs)', count)
  .option('--seed <n>', 'of all random choices', count, 1)
  .parse()
const { runs, seconds, seed } = program.opts<{ runs?: number; seconds?: number; seed: number }>()
const limits = {
  seed,
  runs: runs ?? Number.MAX_SAFE_INTEGER,
  seconds: seconds ?? (runs === undefined ? 60 : 2 ** 31),
}

const megabytes = (bytes: number) => `${Math.round(bytes / 2 ** 20)} MB`

/** Where the input of a finding is from now on. */
function save(name: string, kind: string, input: Buffer): string {
  const folder = fileURLToPath(new URL(`../../build/fuzz/${name}/`, import.meta.url))
  const file = `${folder}${kind}-${createHash('sha256').update(input).digest('hex').slice(0, 8)}`
  mkdirSync(folder, { recursive: true })
  writeFileSync(file, input)
  return file
}

const outcomes: Outcome[] = []
for (const name of program.args.length > 0 ? program.args : names) {
  const outcome = await watched(name, limits, ({ inputs, corpus }) => {
    if (process.stderr.isTTY) process.stderr.write(`\r${name}: ${inputs} inputs, ${corpus} kept`)
  })
  if (process.stderr.isTTY) process.stderr.write('\r\u001b[K')
  outcomes.push(outcome)
  for (const { kind, input, reason } of outcome.findings)
    console.log(`${name}: ${kind}, saved as ${save(name, kind, input)}\n${reason}\n`)
  const { inputs, corpus, peak, findings } = outcome
  console.log(
    `${name}: ${inputs} inputs, ${corpus} of them kept, ${findings.length} findings, peak ${megabytes(peak)}`,
  )
}

const total = (of: (outcome: Outcome) => number) => outcomes.reduce((sum, each) => sum + of(each), 0)
const found = (kind: string) => total(({ findings }) => findings.filter(each => each.kind === kind).length)
const peak = megabytes(Math.max(...outcomes.map(each => each.peak)))
console.log(
  `fuzz: ${total(({ inputs }) => inputs)} inputs, ${found('crash')} crashes, ${found('hang')} hangs, ` +
    `${found('memory')} memory, peak ${peak}`,
)
process.exitCode = total(({ findings }) => findings.length) > 0 ? 1 : 0
