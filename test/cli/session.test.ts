import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import Papa from 'papaparse'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { denoise } from '../../cli/commands/denoise.ts'
import { learn } from '../../cli/commands/learn.ts'
import { score } from '../../cli/commands/score.ts'
import { CommandError, exitCodes } from '../../cli/errors.ts'
import type { OutputFlags } from '../../cli/options.ts'
import { Detector, readSafetensors, writeSafetensors } from '../../pipeline/index.ts'
import { fakeProcess } from './surroundings.ts'

const test = suite('session')
const requests = readFileSync(
  fileURLToPath(new URL('../../fixtures/requests.ndjson', import.meta.url)),
  'utf8',
)
const lines = requests.trim().split('\n')
const csvText = `${Papa.unparse(
  lines.map(line => JSON.parse(line)),
  { newline: '\n' },
)}\n`
const defaults = { format: 'auto', maxLine: 1 << 20, color: true, as: 'veto' } as const

/** The model file after learning these lines, by the library alone. */
function modelAfter(texts: readonly string[]): Buffer {
  const detector = new Detector()
  for (const line of texts) detector.learnOne(JSON.parse(line))
  return Buffer.from(detector.save())
}
const afterAll = modelAfter(lines)

let folder = ''
let model = ''
test.before.each(() => {
  folder = mkdtempSync(join(tmpdir(), 'veto-session-'))
  model = join(folder, 'model')
})
test.after.each(() => rmSync(folder, { recursive: true }))

type Command = (
  file: string | undefined,
  flags: OutputFlags,
  surroundings: ReturnType<typeof fakeProcess>,
) => Promise<number>

/** Run a command on this input, to its end. */
async function outcome(command: Command, input: string | Uint8Array, flags: Partial<OutputFlags> = {}) {
  const surroundings = fakeProcess(input)
  const code = await command(undefined, { ...defaults, ...flags }, surroundings)
  return { code, out: surroundings.stdout.text, messages: surroundings.stderr.text }
}

async function failure(running: Promise<unknown>): Promise<CommandError> {
  const error = await running.then(
    () => assert.unreachable('expected a CommandError'),
    error => error,
  )
  if (!(error instanceof CommandError)) throw error
  return error
}

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
  assert.match(messages, new RegExp(`^veto: 1,500 records, ${alarms} alarms?, 0 rejected lines, 0 notices, `))
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
    assert.equal(readFileSync(model), readFileSync(join(folder, 'whole')))
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
  await outcome(learn, requests, { model })
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
  assert.equal(learned, afterAll)
  await outcome(denoise, requests, { model, freeze: true })
  assert.equal(readFileSync(model), learned)
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

test('options that contradict the model are refused with both values, equal ones are not', async () => {
  await outcome(learn, requests, { model, hidden: 8, seed: 3, ignore: ['bytes', 'path'] })
  const same = { hidden: 8, seed: 3, ignore: ['path', 'bytes'], experts: 'rbm', warmup: 32 }
  assert.is((await outcome(score, requests, { model, ...same })).code, 0)
  const others: [Partial<OutputFlags>, RegExp][] = [
    [{ hidden: 9 }, /--hidden .* 8, got 9/],
    [{ seed: 4 }, /--seed .* 3, got 4/],
    [{ warmup: 50 }, /--warmup .* 32, got 50/],
    [{ ignore: ['path'] }, /--ignore .* 'bytes,path', got 'path'/],
    [{ kinds: { status: 'category' } }, /--kinds .* '', got 'status=category'/],
  ]
  for (const [flags, message] of others) {
    const error = await failure(outcome(score, requests, { model, ...flags }))
    assert.is(error.exitCode, exitCodes.usage)
    assert.match(error.message, message)
  }
})

test('model files that are damaged, foreign, missing or have nowhere to go', async () => {
  await outcome(learn, requests, { model })
  const bytes = readFileSync(model)
  for (const damaged of [
    bytes.subarray(0, 100),
    bytes.subarray(0, bytes.length - 1),
    Buffer.from('{}'),
    Buffer.alloc(0),
  ]) {
    writeFileSync(model, damaged)
    const error = await failure(outcome(score, requests, { model }))
    assert.is(error.exitCode, exitCodes.model)
    assert.ok(error.message.startsWith(`${model}: `))
    assert.equal(readFileSync(model), damaged)
  }
  const missing = await failure(outcome(score, requests, { model: join(folder, 'none'), freeze: true }))
  assert.is(missing.exitCode, exitCodes.model)
  const nowhere = await failure(outcome(score, requests, { model: join(folder, 'none', 'model') }))
  assert.is(nowhere.exitCode, exitCodes.model)
})

test('wrong usage is refused before anything is read', async () => {
  const calls = [
    outcome(score, requests, { freeze: true }),
    outcome(learn, requests),
    outcome(score, requests, { kinds: { a: 'text' as never } }),
  ]
  for (const call of calls) assert.is((await failure(call)).exitCode, exitCodes.usage)
})

test('an input that fails in the middle: what was learned is saved', async () => {
  const surroundings = fakeProcess()
  surroundings.stdin.push(requests)
  const running = failure(score(undefined, { ...defaults, model }, surroundings))
  setImmediate(() => surroundings.stdin.destroy(new Error('EIO: i/o error, read')))
  const error = await running
  assert.is(error.exitCode, exitCodes.input)
  assert.match(error.message, /cannot read on from standard input: EIO/)
  assert.equal(readFileSync(model), afterAll)
})

test('a model whose numbers are beyond use: the line is named, and the file is left as it is', async () => {
  await outcome(learn, requests, { model })
  const { tensors, metadata } = readSafetensors(readFileSync(model))
  // Finite numbers, but the energy of a record is a difference of infinite sums of them.
  for (const [name, { data }] of Object.entries(tensors)) {
    if (name.endsWith('experts.w')) data.fill(3e38)
    if (name.endsWith('experts.b')) data.fill(-3e38)
  }
  const damaged = writeSafetensors(tensors, metadata)
  writeFileSync(model, damaged)
  const error = await failure(outcome(score, `\n${lines[0]}\n`, { model }))
  assert.is(error.exitCode, exitCodes.model)
  assert.match(error.message, /^line 2: Expected a finite/)
  assert.equal(readFileSync(model), Buffer.from(damaged))
})

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  test(`${signal}: the chunk at hand is finished, half a line is not, the model is saved`, async () => {
    const surroundings = fakeProcess()
    surroundings.stdin.push(requests)
    surroundings.stdin.push('{"a":')
    const running = score(undefined, { ...defaults, model }, surroundings)
    while (surroundings.stdout.text === '') await new Promise(resolve => setImmediate(resolve))
    assert.ok(surroundings.signal(signal))
    assert.is(await running, exitCodes[signal])
    assert.is(surroundings.stdout.text.split('\n').length, lines.length + 1)
    assert.match(surroundings.stderr.text, /1,500 records, .* 0 rejected/)
    assert.equal(readFileSync(model), afterAll)
    // A second signal finds no listener, which means that it kills.
    assert.not(surroundings.signal(signal))
  })
}

test('a signal does not wait for a reader that takes nothing', async () => {
  const surroundings = fakeProcess()
  surroundings.stdout._write = () => {}
  surroundings.stdin.push(requests)
  const running = score(undefined, { ...defaults, model }, surroundings)
  setTimeout(() => surroundings.signal('SIGTERM'), 100)
  assert.is(await running, exitCodes.SIGTERM)
  assert.ok(existsSync(model))
})

test('a reader that has gone ends the command without a word, and the model is saved', async () => {
  const surroundings = fakeProcess()
  surroundings.stdout._write = (_, __, done) =>
    done(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }))
  surroundings.stdin.push(requests)
  const code = await score(undefined, { ...defaults, model, quiet: true }, surroundings)
  assert.equal([code, surroundings.stderr.text], [0, ''])
  assert.equal(readFileSync(model), afterAll)
})

test('an output that cannot be written is an error', async () => {
  const surroundings = fakeProcess(requests)
  surroundings.stdout._write = (_, __, done) =>
    done(Object.assign(new Error('no space left'), { code: 'ENOSPC' }))
  const error = await failure(score(undefined, { ...defaults }, surroundings))
  assert.is(error.exitCode, exitCodes.input)
  assert.match(error.message, /cannot write the output: no space left/)
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
