/** veto sample: records out of a model file. */
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import Papa from 'papaparse'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type SampleFlags, sample } from '../../cli/commands/sample.ts'
import { exitCodes } from '../../cli/errors.ts'
import { Detector } from '../../pipeline/index.ts'
import { afterAll, failure, lines } from './session.ts'
import { fakeProcess } from './surroundings.ts'
import { outcomeOf, shell, start, veto } from './veto.ts'

const test = suite('sample')
let folder = ''
let model = ''
test.before(() => {
  folder = mkdtempSync(join(tmpdir(), 'veto-sample-'))
  model = join(folder, 'requests.veto')
  writeFileSync(model, afterAll)
})
test.after(() => rmSync(folder, { recursive: true }))

const defaults = { count: 10, format: 'auto', color: true } as const

async function drawn(flags: Partial<SampleFlags> = {}) {
  const surroundings = fakeProcess('')
  const code = await sample(undefined, { ...defaults, model, ...flags }, surroundings)
  return { code, out: surroundings.stdout.text, messages: surroundings.stderr.text }
}
const parsed = (text: string) =>
  text
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line))

test('records as the library draws them, the same every time, and the model stays as it is', async () => {
  const { code, out, messages } = await drawn({ count: 100, sweeps: 20 })
  assert.is(code, 0)
  assert.equal(parsed(out), Detector.load(afterAll).sample(100, 20))
  assert.match(messages, /^veto: 100 records, \d\.\d s\n$/)
  assert.is((await drawn({ count: 100, sweeps: 20 })).out, out)
  assert.equal(readFileSync(model), afterAll)
})

test('a seed of its own, whatever that of the model; many begin with few', async () => {
  const [first, other, more] = await Promise.all([
    drawn({ seed: 2, quiet: true }),
    drawn({ seed: 3 }),
    drawn({ seed: 2, count: 100 }),
  ])
  assert.is(first.messages, '')
  assert.not.equal(other.out, first.out)
  assert.ok(more.out.startsWith(first.out))
  const detector = Detector.load(afterAll)
  detector.reseed(2)
  assert.equal(parsed(first.out), detector.sample(10))
})

test('CSV with the same records, by the flag or the name of the output', async () => {
  const records = Detector.load(afterAll).sample(10)
  const { out } = await drawn({ format: 'csv' })
  const { data, meta } = Papa.parse<Record<string, string>>(out, { header: true, skipEmptyLines: true })
  assert.equal(meta.fields, Object.keys(records[0]))
  assert.equal(
    data,
    records.map(record =>
      Object.fromEntries(Object.entries(record).map(([name, value]) => [name, String(value ?? '')])),
    ),
  )
  const output = join(folder, 'out.csv')
  writeFileSync(output, 'what was there before, longer than a line of what comes\n'.repeat(99))
  assert.is((await drawn({ output })).out, '')
  assert.is(readFileSync(output, 'utf8'), out)
  const named = join(folder, 'out')
  await drawn({ output: named })
  assert.equal(parsed(readFileSync(named, 'utf8')), records)
})

test('what was drawn can be learned and scored again', async () => {
  const { out } = await drawn({ count: 500 })
  const { code, messages } = await veto(['score', '--quiet'], out)
  assert.is(code, 0)
  assert.is(messages, '')
})

test('nothing that is no model, or not ready', async () => {
  const young = join(folder, 'young.veto')
  const detector = new Detector()
  detector.learnOne(JSON.parse(lines[0]))
  writeFileSync(young, detector.save())
  const damaged = join(folder, 'damaged.veto')
  writeFileSync(damaged, afterAll.subarray(0, 1000))
  const calls: [Partial<SampleFlags>, code: number, said: RegExp][] = [
    [{ model: undefined }, exitCodes.usage, /expected --model FILE/],
    [{ model: join(folder, 'none') }, exitCodes.model, /expected a model file, .* does not exist/],
    [{ model: young }, exitCodes.model, /young\.veto: Expected a detector that has a model, .* 1 records/],
    [{ model: damaged }, exitCodes.model, /damaged\.veto: Expected/],
    [{ model: folder }, exitCodes.model, /expected a model file, got the folder/],
    [{ output: model }, exitCodes.usage, /expected --output to be another file than the model/],
    [{ output: join(folder, 'no', 'such') }, exitCodes.input, /cannot write the output/],
  ]
  for (const [flags, code, said] of calls) {
    const { exitCode, message } = await failure(drawn(flags))
    assert.is(exitCode, code, message)
    assert.match(message, said)
  }
  assert.equal(readFileSync(model), afterAll)
})

test('a reader that leaves, a full disk, a signal, a file of flags', async () => {
  const left = await outcomeOf(
    shell(`{ "$@" sample --quiet -m ${model} --count 100000000; echo "code $?" >&2; } | head -n 2`),
  )
  assert.is(left.out.split('\n').length, 3)
  assert.is(left.messages, 'code 0\n')
  const full = await outcomeOf(shell(`"$@" sample -m ${model} > /dev/full`))
  assert.is(full.code, exitCodes.input)
  assert.match(full.messages, /cannot write the output: .*no space left/i)
  const file = join(folder, 'endless')
  const endless = start(['sample', '-m', model, '--count', '100000000', '-o', file])
  // What has begun to write hears signals.
  while (!existsSync(file) || statSync(file).size === 0) await sleep(20)
  endless.kill('SIGTERM')
  assert.is((await outcomeOf(endless)).code, exitCodes.SIGTERM)
  assert.ok(readFileSync(file, 'utf8').endsWith('}\n'))
  const config = join(folder, 'flags.json')
  writeFileSync(config, JSON.stringify({ model, count: 3, seed: 8, format: 'csv', alpha: 0.1 }))
  const { out } = await veto(['sample', '--config', config, '--quiet'])
  assert.is(out.split('\n').length, 5)
})

test.run()
