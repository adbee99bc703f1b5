/** veto inspect: what is in a model file, and how likely it finds records. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type InspectFlags, inspect } from '../../cli/commands/inspect.ts'
import { exitCodes } from '../../cli/errors.ts'
import { Detector, exactLogPartition, pseudoLikelihood } from '../../pipeline/index.ts'
import { afterAll, failure, lines, requests } from './session.ts'
import { fakeProcess } from './surroundings.ts'
import { veto } from './veto.ts'

const test = suite('inspect')
const folder = mkdtempSync(join(tmpdir(), 'veto-inspect-'))
const [several, machine, records] = ['several.veto', 'machine.veto', 'requests.ndjson'].map(name =>
  join(folder, name),
)
writeFileSync(several, afterAll)
writeFileSync(records, requests)

function learned(options: ConstructorParameters<typeof Detector>[0], count = 600): Uint8Array {
  const detector = new Detector(options)
  for (const line of lines.slice(0, count)) detector.learnOne(JSON.parse(line))
  return detector.save()
}
writeFileSync(machine, learned({ experts: 'rbm', family: { hidden: 5 }, alpha: 0.05 }))
test.after(() => rmSync(folder, { recursive: true }))

const defaults = {
  chains: 100,
  temperatures: 1000,
  seed: 1,
  format: 'auto',
  maxLine: 1 << 20,
  color: true,
} as const

async function look(
  model: string,
  flags: Partial<InspectFlags> = {},
  file?: string,
  input: string | undefined = '',
) {
  const surroundings = fakeProcess(input)
  const code = await inspect(model, { ...defaults, ...flags }, surroundings, file)
  return { code, out: surroundings.stdout.text, messages: surroundings.stderr.text }
}
const json = async (...call: Parameters<typeof look>) => {
  const { code, out } = await look(call[0], { ...call[1], json: true }, call[2], call[3])
  assert.is(code, exitCodes.ok)
  return JSON.parse(out)
}

test('a person reads experts, fields and arrays', async () => {
  const { code, out, messages } = await look(several)
  assert.is(code, exitCodes.ok)
  assert.is(messages, '')
  for (const said of [
    /several\.veto: [\d,]+ bytes, format version \d+\n1,500 records learned, fields settled\n/,
    /^alpha 0\.01, p-values from 824 of at most 1,024 scores$/m,
    /^options other than the defaults: none$/m,
    /^prototype +3 +2 +[\d,]+ +–$/m,
    /^latency +number +prototype +real +1 +median 26, spread 91$/m,
    /^path +category +rbm +one-hot +9 +values 5 values: \/, \/item, \/search, …, free 3$/m,
    /^members\.0\.product\.experts\.centres +F32 +128 × 16 +8,192$/m,
  ])
    assert.match(out, said)
  const changed = await look(machine)
  assert.match(
    changed.out,
    /^options other than the defaults: experts rbm, family \{"hidden":5\}, alpha 0\.05$/m,
  )
  assert.match(changed.out, /^rbm +1 +6 +[\d,]+ +hidden 5$/m)
})

test('a program gets all of it as one object', async () => {
  const found = await json(machine)
  const bytes = readFileSync(machine)
  assert.is(found.bytes, bytes.length)
  assert.is(found.learned, 600)
  const detector = Detector.load(bytes)
  assert.equal(found.fields, JSON.parse(JSON.stringify(detector.describe())))
  assert.equal(found.calibration, { alpha: 0.05, ...detector.calibration })
  assert.equal(found.experts[0].changed, { hidden: 5 })
  const weights = found.tensors.find(({ name }: { name: string }) => name.endsWith('experts.w'))
  assert.equal(
    [weights.shape, weights.bytes],
    [[5, detector.views[0].product.width], 20 * detector.views[0].product.width],
  )
  assert.is(found.stream, null)
  assert.is(found.likelihood, undefined)
})

test('log Z and what records say, as the library finds it', async () => {
  const { likelihood } = await json(machine, { likelihood: true }, records)
  const [view] = Detector.load(readFileSync(machine)).views
  const rows = lines.map(line => view.rowOf(JSON.parse(line)))
  const logZ = exactLogPartition(view.product)
  const logs = rows.map(row => -view.product.freeEnergy(row) - logZ)
  const mean = (values: ArrayLike<number>) =>
    Array.from(values).reduce((sum, value) => sum + value, 0) / values.length
  const near = (a: number, b: number) => assert.ok(Math.abs(a - b) < 1e-6, `${a}, ${b}`)
  assert.is(likelihood.length, 1)
  const [{ method, logPartition, records: said }] = likelihood
  assert.is(method, 'exact')
  near(logPartition, logZ)
  assert.is(said.complete, lines.length)
  near(said.logLikelihood.mean, mean(logs))
  const { perGroup } = pseudoLikelihood(view.product, Float32Array.from(rows.flatMap(row => [...row])))
  for (const [group, { field, mean: found, relative }] of said.pseudoLikelihood.entries()) {
    assert.is(field, view.groups[group])
    near(found, perGroup[group])
    assert.not(relative)
  }
  const energies = lines.map(line => view.energyOf(JSON.parse(line)))
  near(said.freeEnergyGap.mean, mean(energies) - mean(view.recentEnergies() ?? []))
  const text = await look(machine, { likelihood: true }, '-', requests)
  assert.match(text.out, /^rbm: log Z \d+\.\d\d nats, exact$/m)
  assert.match(
    text.out,
    /^log-likelihood: -\d+\.\d\d ± 0\.\d\d nats, mean over 1,500 complete records \(0 with gaps\)$/m,
  )
})

test('records with gaps, and none at all; experts without log Z', async () => {
  const gaps = `${lines[0].replace('"status":200', '"status":null')}\nno record\n{}\n${lines[1]}\n`
  const { code, out, messages } = await look(machine, { likelihood: true, strict: true }, '-', gaps)
  assert.is(code, exitCodes.input)
  assert.match(messages, /line 2: /)
  assert.match(out, /mean over 1 complete record \(2 with gaps\)/)
  const { likelihood } = await json(several, { likelihood: true }, '-', '')
  const [prototype, frequency, rbm] = likelihood
  assert.equal([prototype.method, frequency.logPartition, rbm.method], ['none', 0, 'exact'])
  assert.is(prototype.records.freeEnergyGap, null)
  assert.equal(rbm.records.logLikelihood, { mean: null, standardError: null })
  assert.match((await look(several, { likelihood: true })).out, /^prototype: log Z unknown \(these experts/m)
})

test('of words it is the most surprising one that is looked at', async () => {
  const texts = join(folder, 'texts.veto')
  const said = Array.from({ length: 40 }, (_, n) => ({
    text: `user ${n} of group ${n % 3} came in and left again`,
  }))
  const detector = new Detector({ experts: 'tokens' })
  for (const record of said) detector.learnOne(record)
  writeFileSync(texts, detector.save())
  const input = `${JSON.stringify(said[0])}\n`
  const { out } = await look(texts, { likelihood: true }, '-', input)
  assert.match(out, /^text +-\d+\.\d\d \(of the most surprising symbol\)$/m)
})

test('annealing between bounds where enumeration would take too long; a signal ends it', async () => {
  const large = join(folder, 'large.veto')
  const detector = new Detector({ experts: 'rbm', family: { hidden: 25 } })
  for (let n = 0; n < 60; n++)
    detector.learnOne(Object.fromEntries(Array.from({ length: 25 }, (_, i) => [`b${i}`, (n * i) % 7 < 3])))
  writeFileSync(large, detector.save())
  const options = { likelihood: true, chains: 8, temperatures: 20 }
  const [{ method, low, logPartition, high }] = (await json(large, options)).likelihood
  assert.is(method, 'annealing')
  assert.ok(low < logPartition && Number.isFinite(high))
  const surroundings = fakeProcess('')
  const running = inspect(large, { ...defaults, ...options, temperatures: 1e6, json: true }, surroundings)
  setTimeout(() => surroundings.signal('SIGINT'), 20)
  assert.is(await running, exitCodes.SIGINT)
  assert.is(surroundings.stdout.text, '')
})

test('a terminal sees how far it is', async () => {
  const surroundings = fakeProcess('')
  Object.assign(surroundings.stderr, { isTTY: true, columns: 80, cursorTo() {}, clearLine() {} })
  assert.is(await inspect(machine, { ...defaults, likelihood: true }, surroundings), exitCodes.ok)
  assert.match(surroundings.stderr.text, /of log Z/)
})

test('a model that is still warming up', async () => {
  const young = join(folder, 'young.veto')
  writeFileSync(young, learned({}, 3))
  const { out } = await look(young, { likelihood: true }, records)
  assert.match(out, /^3 records learned, fields not settled yet$/m)
  assert.match(out, /^buffer\.records +U8/m)
  assert.match(out, /^no experts yet: /m)
})

test('refuses what is no model, and changes nothing', async () => {
  const damaged = join(folder, 'damaged.veto')
  writeFileSync(damaged, afterAll.subarray(0, 1000))
  writeFileSync(`${damaged}.previous`, afterAll)
  const keys = join(folder, 'keys')
  mkdirSync(keys)
  writeFileSync(join(keys, 'data.mdb'), '')
  const before = readdirSync(folder)
  for (const [model, code, said, file] of [
    [join(folder, 'none'), exitCodes.model, /expected a model file, .*none does not exist/],
    [damaged, exitCodes.model, /damaged\.veto: Expected .*damaged\.veto\.previous was saved before it\./],
    [keys, exitCodes.model, /got the folder .*keys with models of keys/],
    [folder, exitCodes.model, /got the folder .* with no model/],
    [machine, exitCodes.usage, /expected --likelihood with records, got the file/, records],
  ] as const) {
    const { exitCode, message } = await failure(look(model, {}, file))
    assert.is(exitCode, code, message)
    assert.match(message, said)
  }
  const { exitCode } = await failure(look(machine, { likelihood: true }, join(folder, 'nothing.ndjson')))
  assert.is(exitCode, exitCodes.input)
  assert.equal(readdirSync(folder), before)
})

test('on the command line: two arguments, flags from anywhere, help', async () => {
  const { code, out } = await veto(['inspect', machine, records, '--likelihood', '--json'])
  assert.is(code, exitCodes.ok)
  assert.is(JSON.parse(out).likelihood[0].records.complete, lines.length)
  const none = await veto(['inspect'])
  assert.is(none.code, exitCodes.usage)
  assert.match((await veto(['--help'])).out, /inspect .*what a model holds/)
})

test.run()
