/** How commands end when something is wrong: options, model files, signals, streams. */
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { learn } from '../../cli/commands/learn.ts'
import { score } from '../../cli/commands/score.ts'
import { exitCodes } from '../../cli/errors.ts'
import type { OutputFlags } from '../../cli/options.ts'
import { Detector, readSafetensors, writeSafetensors } from '../../pipeline/index.ts'
import { afterAll, defaults, failure, learnedIn, lines, outcome, requests } from './session.ts'
import { fakeProcess } from './surroundings.ts'

const test = suite('session ends')

let folder = ''
let model = ''
test.before.each(() => {
  folder = mkdtempSync(join(tmpdir(), 'veto-session-'))
  model = join(folder, 'model')
})
test.after.each(() => rmSync(folder, { recursive: true }))

test('options that contradict the model are refused with both values, equal ones are not', async () => {
  await outcome(learn, requests, {
    model,
    hidden: 8,
    set: { cdSteps: 2 },
    units: { latency: 'gaussian' },
    seed: 3,
    ignore: ['bytes', 'path'],
  })
  const same = {
    set: { hidden: 8, cdSteps: 2 },
    units: { latency: 'gaussian' as const },
    seed: 3,
    ignore: ['path', 'bytes'],
    experts: 'auto',
    warmup: 8,
  }
  assert.is((await outcome(score, requests, { model, ...same })).code, 0)
  assert.is((await outcome(score, requests, { model, hidden: 8 })).code, 0)
  const others: [Partial<OutputFlags>, RegExp][] = [
    [{ hidden: 9 }, /--hidden .* 8, got 9/],
    [{ set: { cdSteps: 3 } }, /--set cdSteps .* 2, got 3/],
    [{ set: { weightDecay: 0.1 } }, /--set weightDecay .* the default, got 0.1/],
    [{ units: 'gaussian' }, /--units .* 'latency=gaussian', got gaussian/],
    [{ seed: 4 }, /--seed .* 3, got 4/],
    [{ warmup: 50 }, /--warmup .* 8, got 50/],
    [{ ignore: ['path'] }, /--ignore .* 'bytes,path', got 'path'/],
    [{ experts: 'rbm' }, /--experts .* auto, got rbm/],
    [{ kinds: { status: 'category' } }, /--kinds .* '', got 'status=category'/],
  ]
  for (const [flags, message] of others) {
    const error = await failure(outcome(score, requests, { model, ...flags }))
    assert.is(error.exitCode, exitCodes.usage)
    assert.match(error.message, message)
  }
})

test('--hidden is the number of experts where there are no hidden units, and is not said twice', async () => {
  await outcome(learn, requests, { model, experts: 'prototype', hidden: 3 })
  assert.equal(Detector.load(readFileSync(model)).options.family, { experts: 3 })
  const error = await failure(outcome(score, requests, { model, hidden: 4 }))
  assert.match(error.message, /--hidden .* 3, got 4/)
  const twice = await failure(outcome(score, requests, { hidden: 4, set: { hidden: 4 } }))
  assert.match(twice.message, /expected --hidden 4 or --set hidden=4, which mean the same, got both/)
  const none = await failure(outcome(score, requests, { experts: 'frequency', hidden: 4 }))
  assert.match(none.message, /Expected options of the experts \(decay, seed\), got 'hidden'/)
  const wrong = await failure(outcome(score, requests, { experts: 'rbm', set: { learningRate: 'x' } }))
  assert.match(wrong.message, /Expected option learningRate to be a number from 0 to 10, got "x"/)
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
    outcome(score, requests, { kinds: { a: 'prose' as never } }),
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
  assert.ok(learnedIn(model).equals(afterAll))
})

test('a model whose numbers are beyond use is refused, and the file is left as it is', async () => {
  await outcome(learn, requests, { model })
  const { tensors, metadata } = readSafetensors(readFileSync(model))
  // Finite numbers, but the energy of a record would be a difference of infinite sums of them.
  for (const [name, { data }] of Object.entries(tensors)) {
    if (name.endsWith('experts.w')) data.fill(3e38)
    if (name.endsWith('experts.b')) data.fill(-3e38)
  }
  // Without the checksum, which would tell.
  const { checksum: _, ...others } = metadata
  const damaged = writeSafetensors(tensors, others)
  writeFileSync(model, damaged)
  const { ino } = statSync(model)
  const error = await failure(outcome(score, `\n${lines[0]}\n`, { model }))
  assert.is(error.exitCode, exitCodes.model)
  assert.match(error.message, /model: Expected .* values up to .* in tensor/)
  // Saving would have put another file in its place.
  assert.is(statSync(model).ino, ino)
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
    assert.ok(learnedIn(model).equals(afterAll))
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
  // As far as it was read: a chunk comes in pieces, and after the first one nobody is there.
  assert.ok(Detector.load(readFileSync(model)).learned > 0)
})

test('an output that cannot be written is an error', async () => {
  const surroundings = fakeProcess(requests)
  surroundings.stdout._write = (_, __, done) =>
    done(Object.assign(new Error('no space left'), { code: 'ENOSPC' }))
  const error = await failure(score(undefined, { ...defaults }, surroundings))
  assert.is(error.exitCode, exitCodes.input)
  assert.match(error.message, /cannot write the output: no space left/)
})

test.run()
