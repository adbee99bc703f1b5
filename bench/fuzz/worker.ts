/**
 * The process in which one target runs, started by index.ts:
 *
 *   worker.ts TARGET SEED BATCHFILE RUNS SECONDS     fuzz; what is run next is in the file before it is run
 *   worker.ts TARGET --replay FILE                   run one input
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { Coverage } from './coverage.ts'
import { packed } from './pack.ts'

const [name, ...rest] = process.argv.slice(2)

const coverage = rest[0] === '--replay' ? undefined : new Coverage()
const { targetNamed } = await import('./targets/index.ts')
const { Fuzzer } = await import('./fuzzer.ts')
const target = targetNamed(name)

if (!coverage) {
  target.run(readFileSync(rest[1]))
  process.exit()
}

const [seed, batchFile, runs, seconds] = [Number(rest[0]), rest[1], Number(rest[2]), Number(rest[3])]
const fuzzer = new Fuzzer(target, coverage, seed, inputs => writeFileSync(batchFile, packed(inputs)))
const ends = performance.now() + 1000 * seconds

const report = () =>
  new Promise(resolve => {
    const findings = fuzzer.findings.map(({ kind, input, reason }) => ({
      kind,
      reason,
      input: input.toString('base64'),
    }))
    process.send?.({ ...fuzzer.progress, findings }, resolve)
  })

while (fuzzer.progress.inputs < runs && performance.now() < ends) {
  const pause = performance.now() + 1000
  while (performance.now() < pause && fuzzer.progress.inputs < runs) fuzzer.step()
  await report()
}
await report()
process.exit()
