/** veto eval inside the test's own process: against the library alone, and what it says about files it cannot use. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { Command } from 'commander'
import Papa from 'papaparse'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type EvalFlags, evalCommand, evaluate } from '../../cli/commands/eval.ts'
import { exitCodes } from '../../cli/errors.ts'
import { faults } from '../../fixtures/requests.ts'
import { averagePrecision, Detector, rocAuc } from '../../pipeline/index.ts'
import { defaults, failure, lines } from './session.ts'
import { fakeProcess } from './surroundings.ts'

const test = suite('eval')

const requests = lines.map((line, index) => ({ ...JSON.parse(line), label: faults.has(index + 1) ? 1 : 0 }))
const ndjson = requests.map(request => `${JSON.stringify(request)}\n`).join('')
const csv = `${Papa.unparse(requests, { newline: '\n' })}\n`
const bare = csv.slice(csv.indexOf('\n') + 1)

let folder = ''
test.before(() => {
  folder = mkdtempSync(join(tmpdir(), 'veto-eval-'))
})
test.after(() => rmSync(folder, { recursive: true }))

/** A file of this content, and its path. */
function fileOf(name: string, content: string | Uint8Array): string {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}

const given = { ...defaults, normal: '0', seeds: 1, json: true } as const

async function outcome(files: readonly string[], flags: Partial<EvalFlags> = {}, input = '') {
  const surroundings = fakeProcess(input)
  const code = await evaluate(files, { ...given, ...flags }, surroundings)
  return { code, out: surroundings.stdout.text, messages: surroundings.stderr.text }
}

/** The figures of one file. */
const figures = async (content: string | Uint8Array, flags: Partial<EvalFlags> = {}) =>
  JSON.parse((await outcome([fileOf('records', content)], flags)).out)

/** The same by the library alone: a detector that has never heard of labels. */
function byHand(seed: number, warmup: number) {
  const detector = new Detector({ seed })
  const judged = requests
    .map(({ label, ...record }) => ({ label, ...detector.observe(record) }))
    .slice(warmup)
  const scores = judged.map(({ score }) => score!)
  const labels = judged.map(({ label }) => label)
  return {
    rocAuc: rocAuc(scores, labels)!,
    averagePrecision: averagePrecision(scores, labels)!,
    alarms: judged.filter(({ anomaly }) => anomaly).length,
    falseAlarmRate: judged.filter(({ anomaly, label }) => anomaly && !label).length / (judged.length - 5),
  }
}

/** Six significant digits are printed: half a unit of the sixth. */
function assertNear(actual: number, expected: number, what = '') {
  assert.ok(Math.abs(actual - expected) <= 5e-6 * Math.abs(expected), `${what}: ${actual}, ${expected}`)
}

test('the figures are those of the library: scored before learned, the label hidden, a tenth left out', async () => {
  const expected = byHand(1, 150)
  const got = await figures(ndjson)
  const { recordsPerSecond, file, ...rest } = got
  assert.equal(Object.keys(rest), [
    ...['records', 'anomalies', 'warmup', 'seeds', 'rejected'],
    ...['rocAuc', 'averagePrecision', 'alarms', 'falseAlarmRate'],
  ])
  assert.is(file, join(folder, 'records'))
  assert.equal([got.records, got.anomalies, got.warmup, got.seeds, got.rejected], [1500, 5, 150, 1, 0])
  for (const [name, value] of Object.entries(expected)) assertNear(got[name], value, name)
  assert.ok(recordsPerSecond > 0)
})

test('--warmup leaves as many records out of the figures, and nothing else', async () => {
  const got = await figures(ndjson, { warmup: 400 })
  assert.is(got.warmup, 400)
  for (const [name, value] of Object.entries(byHand(1, 400))) assertNear(got[name], value, name)
  // More than there is: nothing is left to measure.
  assert.is((await figures(ndjson, { warmup: 4000 })).rocAuc, null)
})

test('--seeds gives the mean over the seeds from --seed on', async () => {
  const each = [7, 8, 9].map(seed => byHand(seed, 150))
  const got = await figures(ndjson, { seed: 7, seeds: 3 })
  assert.is(got.seeds, 3)
  for (const name of ['rocAuc', 'averagePrecision', 'alarms', 'falseAlarmRate'] as const)
    assertNear(got[name], each.reduce((sum, one) => sum + one[name], 0) / 3, name)
})

test('CSV, CSV without a header, and gzip of either give what NDJSON gives', async () => {
  const { recordsPerSecond: _, ...expected } = await figures(csv)
  const names = Object.keys(requests[0])
  const others = [
    await figures(gzipSync(csv)),
    await figures(bare, { header: names }),
    await figures(gzipSync(bare.replaceAll('\n', '\r\n')), { header: names }),
  ]
  for (const { recordsPerSecond, ...got } of others) assert.equal(got, expected)
})

test('the label never reaches the detector, whatever it is called and wherever it stands', async () => {
  const { recordsPerSecond: _, ...expected } = await figures(ndjson)
  const renamed = requests.map(({ label, ...rest }) => ({ 'is, it': label, ...rest }))
  const { recordsPerSecond: __, ...got } = await figures(
    renamed.map(record => `${JSON.stringify(record)}\n`).join(''),
    { label: 'is, it' },
  )
  assert.equal(got, expected)
})

test('the label is the field `label`, else the last one, which is said', async () => {
  const text = 'label,x,y\n0,1,5\n1,2,5\n0,3,5\n'
  const named = await outcome([fileOf('named.csv', text)])
  assert.is(JSON.parse(named.out).anomalies, 1)
  assert.not.match(named.messages, /no field/)
  const last = await outcome([fileOf('last.csv', text.replace('label', 'z'))])
  assert.is(JSON.parse(last.out).anomalies, 3)
  assert.match(last.messages, /no field 'label', taking the last one, 'y' \(--label names another\)/)
})

test('a label field that the first record lacks ends the command', async () => {
  const file = fileOf('lacking.ndjson', '{"a":1,"b":2}\n')
  const error = await failure(outcome([file], { label: 'class' }))
  assert.is(error.exitCode, exitCodes.input)
  assert.is(error.message, "expected the label in the field 'class' (--label names another), got a, b")
})

test('--normal is compared as text and as number', async () => {
  const anomalies = async (labels: string, normal: string) =>
    (await figures(`x,label\n${labels.split(' ').join('\n')}\n`, { normal })).anomalies
  assert.is(await anomalies('1,0 1,0.0 1,-0 1,1 1,no 1,00', '0'), 2)
  assert.is(await anomalies('1,normal. 1,smurf. 1,normal', 'normal.'), 2)
  assert.is(await anomalies('1,1 1,2', '1.0'), 1)
  const json = '{"x":1,"label":false}\n{"x":1,"label":true}\n{"x":1,"label":"0"}\n'
  assert.is((await figures(json)).anomalies, 1)
  assert.is((await figures(json, { normal: 'true' })).anomalies, 2)
})

test('a record without a label is a rejected line', async () => {
  const text = '{"x":1,"label":0}\n{"x":2}\n{"x":3,"label":null}\n{"x":4,"label":[0]}\n{"x":5,"label":1}\n'
  const file = fileOf('unlabelled.ndjson', text)
  const { code, out, messages } = await outcome([file])
  assert.is(code, exitCodes.ok)
  assert.is(JSON.parse(out).records, 2)
  assert.is(JSON.parse(out).rejected, 3)
  assert.match(messages, /veto: line 2: expected a label in the field 'label', got none: {"x":2}\n/)
  assert.is((await outcome([file], { strict: true })).code, exitCodes.input)
})

test('bad lines are reported once, with the file where there are several, and never stop the stream', async () => {
  const first = fileOf('first.csv', 'x,label\n1,0\n2,0,?\n3,1\n')
  const second = fileOf('second.ndjson', '{"x":1,"label":0}\n{"x"\n')
  const { out, messages } = await outcome([first, second], { seeds: 2 })
  assert.equal(
    out
      .trim()
      .split('\n')
      .map(line => JSON.parse(line).rejected),
    [1, 1],
  )
  assert.is(messages.split(`veto: ${first}: line 3: expected 2 columns as in the header, got 3`).length, 2)
  assert.is(messages.split(`veto: ${second}: line 2: expected a JSON object`).length, 2)
})

test('without both kinds of records there are no figures, but a note', async () => {
  const cases = [
    ['x,label\n1,0\n2,0\n', /got normal records only; no ROC-AUC and no AP\n/],
    ['x,label\n1,5\n2,5\n', /got anomalies only; .*\(--normal says which label is normal\)\n/],
    ['', /got no records; /],
  ] as const
  for (const [text, note] of cases) {
    const { out, messages } = await outcome([fileOf('one-class.csv', text)])
    assert.match(out, /"rocAuc":null,"averagePrecision":null,"alarms":0/)
    assert.match(messages, note)
    assert.not.match(out, /NaN/)
  }
})

test('a record without a score counts as the median', async () => {
  // Every second record has nothing to score; those are the anomalies, which no ranking can then find or miss.
  const rows = Array.from({ length: 400 }, (_, t) =>
    t % 2 ? { label: 1 } : { x: (t * 7919) % 101, label: 0 },
  )
  const { rocAuc } = await figures(rows.map(row => `${JSON.stringify(row)}\n`).join(''))
  // Half of 180 normal records on either side of the median, ties half: off by one rank at most.
  assert.ok(Math.abs(rocAuc - 0.5) < 0.02, String(rocAuc))
})

test('--limit reads no further', async () => {
  const got = await figures(`${ndjson}not a record\n`.repeat(20), { limit: 1200 })
  assert.is(got.records, 1200)
  // Not even what stands in the same chunk.
  const short = await figures('x,label\n1,0\n2,1\n3,0,?\n4,0\n', { limit: 2 })
  assert.equal([short.records, short.rejected], [2, 0])
  const {
    recordsPerSecond: _,
    file: __,
    ...expected
  } = await figures(ndjson.split('\n').slice(0, 1200).join('\n'))
  assert.equal(
    { ...got, recordsPerSecond: undefined, file: undefined },
    { ...expected, recordsPerSecond: undefined, file: undefined },
  )
})

test('the table is aligned and ends in the means of several files', async () => {
  const files = [fileOf('a.csv', csv), fileOf('a-longer-name.csv', 'x,label\n1,0\n2,0\n')]
  const { out } = await outcome(files, { json: false })
  const [head, first, second, mean, ...rest] = out.split('\n')
  assert.equal(rest, [''])
  assert.match(head, /^file +records +anomalies +ROC-AUC +AP +alarms +false alarms +records\/s$/)
  assert.is(first.length, head.length)
  assert.is(second.length, head.length)
  assert.match(first, /^\S+a\.csv +1,500 +5 +[01]\.\d{4} +[01]\.\d{4} +\d+ +0\.\d{4} +[\d,]+$/)
  assert.match(second, / 2 +0 +– +– +0 +0\.0000 /)
  // The file without figures has no say in the mean.
  assert.match(mean, new RegExp(`^mean +${first.match(/[01]\.\d{4}/)} `))
  assert.is((await outcome(files.slice(0, 1), { json: false })).out.split('\n').length, 3)
})

test('standard input is a file like others, but can be read once', async () => {
  const { out } = await outcome([], {}, ndjson)
  assert.is(JSON.parse(out).file, '-')
  assert.is(JSON.parse(out).records, 1500)
  for (const [files, seeds] of [
    [['-', '-'], 1],
    [['-'], 2],
  ] as const)
    assert.is((await failure(outcome(files, { seeds }, ndjson))).exitCode, exitCodes.usage)
})

test('mistakes on the command line and missing files have their exit codes', async () => {
  const file = fileOf('any.csv', csv)
  const usage = async (flags: Partial<EvalFlags>) => (await failure(outcome([file], flags))).exitCode
  assert.is(await usage({ header: ['a'], format: 'ndjson' }), exitCodes.usage)
  assert.is((await failure(outcome([join(folder, 'none')]))).exitCode, exitCodes.input)
})

test('a signal ends the command without figures', async () => {
  const surroundings = fakeProcess()
  const running = evaluate([], given, surroundings)
  surroundings.stdin.push(ndjson)
  setTimeout(() => surroundings.signal('SIGINT'), 20)
  assert.is(await running, exitCodes.SIGINT)
  assert.equal([surroundings.stdout.text, surroundings.stderr.text], ['', ''])
})

test('the flags: those of the other commands but for --model, and --warmup with a meaning of its own', () => {
  const command = evalCommand(new Command()).exitOverride()
  command.parse(['a', 'b', '--normal', 'ok', '--header', 'x,"y,z"', '--warmup', '0', '--alpha', '.1'], {
    from: 'user',
  })
  const { normal, header, warmup, alpha, seeds, label } = command.opts()
  assert.equal(command.args, ['a', 'b'])
  assert.equal([normal, header, warmup, alpha, seeds, label], ['ok', ['x', 'y,z'], 0, 0.1, 1, undefined])
  command.configureOutput({ writeErr: () => {} })
  for (const wrong of [
    ['--model', 'm'],
    ['--label', ''],
    ['--seeds', '0'],
    ['--limit', '0'],
    ['--warmup', '-1'],
  ])
    assert.throws(() => command.parse(wrong, { from: 'user' }))
})

test.run()
