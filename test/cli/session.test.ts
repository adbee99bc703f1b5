import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import Papa from 'papaparse'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { denoise } from '../../cli/commands/denoise.ts'
import { learn } from '../../cli/commands/learn.ts'
import { score } from '../../cli/commands/score.ts'
import { exitCodes } from '../../cli/errors.ts'
import { Detector } from '../../pipeline/index.ts'
import { afterAll, csvText, defaults, learnedIn, lines, outcome, requests } from './session.ts'
import { fakeProcess } from './surroundings.ts'

const test = suite('session')

let folder = ''
let model = ''
test.before.each(() => {
  folder = mkdtempSync(join(tmpdir(), 'veto-session-'))
  model = join(folder, 'model')
})
test.after.each(() => rmSync(folder, { recursive: true }))

test('score: one line out for each line in, in order, with what the detector says', async () => {
  const { code, out, messages } = await outcome(score, requests)
  const detector = new Detector()
  const written = out.trimEnd().split('\n')
  assert.is(code, 0)
  assert.is(written.length, lines.length)
  let alarms = 0
  for (const [index, line] of lines.entries()) {
    assert.ok(written[index].startsWith(line.slice(0, -1)))
    const { veto } = JSON.parse(written[index])
    const verdict = detector.observe(JSON.parse(line))
    if (verdict.anomaly) alarms++
    assert.is(veto.anomaly, verdict.anomaly)
    assert.is(veto.why.length, verdict.why.length)
    // Six significant digits: half a unit of the sixth.
    if (verdict.score !== null) assert.ok(Math.abs(veto.score / verdict.score - 1) <= 5e-6)
  }
  assert.match(
    messages,
    new RegExp(
      `^veto: experts: prototype on 2 fields .*\nveto: 1,500 records, ${alarms} alarms?, 0 rejected lines, 0 notices, `,
    ),
  )
})

test('a field on the command line that no record has is mentioned', async () => {
  const flags = { ignore: ['latency', 'latencey'], kinds: { staus: 'category' } as const }
  const { messages } = await outcome(score, requests, flags)
  assert.equal(messages.match(/no record has the field '\w+'/g), [
    "no record has the field 'latencey'",
    "no record has the field 'staus'",
  ])
  assert.not.match((await outcome(score, '', flags)).messages, /no record has/)
})

test('the same input and seed give the same bytes, another seed others', async () => {
  const first = await outcome(score, requests, { seed: 5 })
  assert.is((await outcome(score, requests, { seed: 5 })).out, first.out)
  assert.is.not((await outcome(score, requests, { seed: 6 })).out, first.out)
})

test('stopping in the middle and going on with the model gives the same bytes as not stopping', async () => {
  const whole = await outcome(score, requests, { model: join(folder, 'whole') })
  for (const middle of [10, 700]) {
    rmSync(model, { force: true })
    const head = lines.slice(0, middle).map(line => `${line}\n`)
    const tail = lines.slice(middle).map(line => `${line}\n`)
    const first = await outcome(score, head.join(''), { model })
    const second = await outcome(score, tail.join(''), { model })
    assert.is(first.out + second.out, whole.out)
    assert.ok(learnedIn(model).equals(learnedIn(join(folder, 'whole'))))
  }
})

test('learn writes a model and nothing else; score --freeze uses it and leaves it as it is', async () => {
  const learned = await outcome(learn, requests, { model })
  assert.is(learned.out, '')
  const before = readFileSync(model)
  const frozen = await outcome(score, requests, { model, freeze: true })
  assert.equal(readFileSync(model), before)
  assert.ok(
    frozen.out
      .split('\n')
      .slice(0, 100)
      .every(line => JSON.parse(line).veto.score !== null),
  )
  // A frozen model says the same about the same record, wherever it stands in the stream.
  const again = await outcome(score, `${lines[99]}\n`, { model, freeze: true })
  assert.is(again.out, `${frozen.out.split('\n')[99]}\n`)
})

test('CSV: the same scores as NDJSON of the same records, each row as it came', async () => {
  const { out } = await outcome(score, csvText)
  const rows = Papa.parse<Record<string, string>>(out, { header: true, skipEmptyLines: true }).data
  assert.is(rows.length, lines.length)
  const own = csvText.trimEnd().split('\n')
  for (const [index, line] of out.trimEnd().split('\n').entries())
    assert.ok(line.startsWith(`${own[index]},`))
  const reference = await outcome(score, requests)
  for (const [index, line] of reference.out.trimEnd().split('\n').entries()) {
    const { veto } = JSON.parse(line)
    assert.is(rows[index].veto_score, veto.score === null ? '' : String(veto.score))
    assert.is(rows[index].veto_anomaly, veto.anomaly === null ? '' : String(veto.anomaly))
    assert.equal(
      JSON.parse(rows[index].veto_why).map(({ field }: { field: string }) => field),
      veto.why.map(({ field }: { field: string }) => field),
    )
  }
})

test('denoise: a wrong and a missing value come out as expected, every other byte as it was', async () => {
  // With all records learned: payments are a twentieth of them, and would otherwise be rarer than they are.
  await outcome(learn, requests, { model, protect: 0 })
  const noisy =
    '{"id":12345678901234567890, "method":"POST","path":"/pay","status":200,"latency":340,"bytes":9e6,"cached":null}'
  const { out } = await outcome(denoise, `${noisy}\n`, { model, freeze: true, ignore: undefined })
  const { bytes, cached, veto } = JSON.parse(out)
  assert.ok(
    out.startsWith(
      '{"id":12345678901234567890, "method":"POST","path":"/pay","status":200,"latency":340,"bytes":',
    ),
  )
  assert.ok(bytes < 1000, out)
  assert.is(cached, false)
  assert.equal(veto.changed.map(({ field }: { field: string }) => field).sort(), ['bytes', 'cached'])

  const header = csvText.slice(0, csvText.indexOf('\n'))
  const row = await outcome(denoise, `${header}\nPOST,/pay,200,340,9000000,\n`, { model, freeze: true })
  const cells = Papa.parse<string[]>(row.out.trimEnd()).data
  assert.equal(cells[0], [...header.split(','), 'veto_changed'])
  assert.equal(cells[1].slice(0, 6), ['POST', '/pay', '200', '340', String(bytes), 'false'])
})

test('denoise learns as it goes unless told not to', async () => {
  await outcome(denoise, requests, { model })
  const learned = readFileSync(model)
  assert.ok(learnedIn(model).equals(afterAll))
  const frozen = await outcome(denoise, requests, { model, freeze: true })
  assert.equal(readFileSync(model), learned)
  // What a frozen model says does not depend on the records before.
  const reversed = await outcome(denoise, `${lines.toReversed().join('\n')}\n`, { model, freeze: true })
  assert.equal(reversed.out.trimEnd().split('\n').reverse(), frozen.out.trimEnd().split('\n'))
})

test('--strict asks for a clean input', async () => {
  assert.is((await outcome(score, '{"a":1}\n', { strict: true })).code, 0)
  assert.is((await outcome(score, '{"a":1}\n42\n', { strict: true })).code, exitCodes.input)
  assert.is((await outcome(score, '{"a":1}\n42\n')).code, 0)
})

test('an empty stream is fine, and a CSV stream of a header alone gives a header', async () => {
  for (const input of ['', '\n\n']) {
    const { code, out, messages } = await outcome(score, input, { model })
    assert.equal([code, out], [0, ''])
    assert.match(messages, /^veto: 0 records/)
    assert.is(Detector.load(readFileSync(model)).learned, 0)
  }
  assert.is((await outcome(score, 'a,b\n')).out, 'a,b,veto_score,veto_p,veto_anomaly,veto_why\n')
})

test('quiet, color and terminals', async () => {
  const quiet = await outcome(score, requests, { quiet: true })
  assert.is(quiet.messages, '')
  for (const [env, color, colored] of [
    [{}, true, true],
    [{ NO_COLOR: '1' }, true, false],
    [{}, false, false],
  ] as const) {
    const surroundings = { ...fakeProcess(), env, stdin: Readable.from([Buffer.from('42\n')]) }
    surroundings.stderr.isTTY = true
    Object.assign(surroundings.stderr, { columns: 80, cursorTo: () => {}, clearLine: () => {} })
    await score(undefined, { ...defaults, color }, surroundings)
    assert.is(surroundings.stderr.text.includes('\u001b[31mveto:'), colored)
  }
})

test.run()
