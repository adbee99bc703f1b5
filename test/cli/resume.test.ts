/** What `--resume` goes on with, and what it refuses to. */
import {
  copyFileSync,
  existsSync,
  linkSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { learn } from '../../cli/commands/learn.ts'
import { score } from '../../cli/commands/score.ts'
import { exitCodes } from '../../cli/errors.ts'
import type { OutputFlags } from '../../cli/options.ts'
import { Detector, readSafetensors, writeSafetensors } from '../../pipeline/index.ts'
import { csvText, defaults, failure, learnedIn, lines, requests } from './session.ts'
import { fakeProcess } from './surroundings.ts'

const test = suite('resume')

let folder = ''
let model = ''
let output = ''
let file = ''
test.before.each(() => {
  folder = mkdtempSync(join(tmpdir(), 'veto-resume-'))
  model = join(folder, 'model')
  output = join(folder, 'output')
  file = join(folder, 'input')
})
test.after.each(() => rmSync(folder, { recursive: true }))

/** Run `score` on a file, or on this text as standard input. */
async function scored(flags: Partial<OutputFlags>, input?: string) {
  const surroundings = fakeProcess(input ?? '')
  const from = input === undefined ? file : undefined
  const code = await score(from, { ...defaults, model, ...flags }, surroundings)
  return { code, out: surroundings.stdout.text, messages: surroundings.stderr.text }
}
const resumed = (input?: string) => scored({ output, resume: true }, input)
const written = () => readFileSync(output, 'utf8')
const joined = (some: readonly string[]) => some.map(line => `${line}\n`).join('')

/** What `score` writes about a text from its beginning to its end, and what it has learned then. */
async function whole(text: string) {
  const place = join(folder, 'whole')
  writeFileSync(place, text)
  rmSync(`${place}.model`, { force: true })
  const surroundings = fakeProcess('')
  await score(place, { ...defaults, model: `${place}.model` }, surroundings)
  return { out: surroundings.stdout.text, learned: learnedIn(`${place}.model`) }
}

for (const [format, text] of [
  ['NDJSON', requests],
  ['CSV', csvText],
  [
    'CSV with records of several lines',
    csvText.replaceAll('/', '"/\n\n""').replaceAll(/(\n\n""\w+)/g, '$1"'),
  ],
] as const) {
  for (const compressed of [false, true]) {
    test(`${format}${compressed ? ', gzipped' : ''}: in pieces, cut anywhere, as in one go`, async () => {
      const expected = await whole(text)
      const bytes = Buffer.from(text)
      // A beginning of the file stands for what was there when the process ended; not in the middle of a line, which
      // would be one by then.
      for (const part of [0, 0.001, 0.4, 0.7, 1]) {
        const end = text.lastIndexOf('\n/', Math.floor(part * text.length)) + 1
        const piece = format.includes('several') ? bytes.subarray(0, end) : lineEnd(bytes, part)
        writeFileSync(file, compressed ? gzipSync(piece) : piece)
        assert.is((await resumed()).code, 0)
      }
      writeFileSync(file, compressed ? gzipSync(bytes) : bytes)
      const { messages } = await resumed()
      assert.ok(written() === expected.out)
      assert.ok(learnedIn(model).equals(expected.learned))
      assert.match(messages, /1,500 records, /)
    })
  }
}

/** The first lines that make about this part of the bytes. */
const lineEnd = (bytes: Buffer, part: number) =>
  bytes.subarray(0, bytes.lastIndexOf(10, Math.floor(part * bytes.length)) + 1)

test('at the end of its input there is nothing to do, and nothing is changed', async () => {
  writeFileSync(file, requests)
  await resumed()
  const before = [model, `${model}.previous`, output].map(path => ({
    bytes: readFileSync(path),
    time: statSync(path, { bigint: true }).mtimeNs,
  }))
  const { code, messages } = await resumed()
  assert.is(code, 0)
  assert.match(messages, /^veto: going on behind record 1,500 \(line 1,500\) of .*input\n/)
  assert.match(messages, /1,500 records, \d+ alarms?, .* 0 records\/s/)
  assert.equal(
    [model, `${model}.previous`, output].map(path => ({
      bytes: readFileSync(path),
      time: statSync(path, { bigint: true }).mtimeNs,
    })),
    before,
  )
})

test('counts and line numbers are those of the whole stream', async () => {
  writeFileSync(file, `42\n${joined(lines.slice(0, 500))}`)
  const first = await scored({ output, strict: true })
  assert.is(first.code, exitCodes.input)
  writeFileSync(file, `42\n${joined(lines.slice(0, 500))}\n43\n${joined(lines.slice(500))}`)
  const second = await scored({ output, resume: true, strict: true })
  assert.is(second.code, exitCodes.input)
  assert.match(second.messages, /line 503: expected a JSON object, got a number: 43/)
  assert.match(second.messages, /1,500 records, .* 2 rejected lines/)
})

test('a last line that stood without a line ending is not read again when the file grows', async () => {
  const expected = await whole(requests)
  writeFileSync(file, joined(lines.slice(0, 700)).trimEnd())
  await resumed()
  writeFileSync(file, requests)
  const { messages } = await resumed()
  assert.ok(written() === expected.out)
  assert.match(messages, / 0 rejected lines/)
})

test('a pipe: what comes is taken for what follows, and it is said from where on', async () => {
  for (const [format, text] of [
    ['ndjson', requests],
    ['csv', csvText],
  ] as const) {
    rmSync(model, { force: true })
    const expected = await whole(text)
    const all = text.trimEnd().split('\n')
    await scored({ output }, joined(all.slice(0, 801)))
    const { messages } = await resumed(joined(all.slice(801)))
    const record = format === 'csv' ? 800 : 801
    const place = `record ${record} \\(line 801\\) of standard input: the first one that comes is taken for the next`
    assert.match(messages, new RegExp(`^veto: going on behind ${place}\n`))
    assert.ok(written() === expected.out)
  }
})

test('a pipe whose producer begins anew: its header is no record, its first line no rest of one', async () => {
  const expected = await whole(csvText)
  const all = csvText.trimEnd().split('\n')
  await scored({ output }, joined(all.slice(0, 801)))
  await resumed(joined([all[0], ...all.slice(801)]))
  assert.ok(written() === expected.out)

  rmSync(model)
  await scored({ output }, joined(lines.slice(0, 801)).trimEnd())
  const { messages } = await resumed(joined(lines.slice(801)))
  assert.match(messages, /1,500 records, .* 0 rejected lines/)
  assert.ok(written() === (await whole(requests)).out)
})

test('without a checkpoint it begins at the beginning, with one before the first byte', async () => {
  const surroundings = fakeProcess()
  const running = score(undefined, { ...defaults, model, output, resume: true }, surroundings)
  while (!existsSync(model)) await new Promise(resolve => setImmediate(resolve))
  assert.equal(Detector.load(readFileSync(model)).position, {
    records: 0,
    rejected: 0,
    alarms: 0,
    line: 0,
    input: { name: 'standard input', bytes: 0 },
    reader: { format: 'auto' },
    output: { bytes: 0, tail: '811c9dc5' },
  })
  surroundings.stdin.push(null)
  assert.is(await running, 0)
})

test('a model file without a position: that is said, and the stream begins at its beginning', async () => {
  const detector = new Detector()
  detector.learnOne({ a: 1 })
  writeFileSync(model, detector.save())
  writeFileSync(file, requests)
  const { messages } = await resumed()
  assert.match(messages, /model does not say where its stream stopped; starting at the beginning/)
  assert.is(written().split('\n').length, 1501)
})

test('without --output: records go on on standard output, the header of CSV does not come again', async () => {
  const expected = await whole(csvText)
  const all = csvText.trimEnd().split('\n')
  writeFileSync(file, joined(all.slice(0, 900)))
  const first = await scored({ resume: true })
  writeFileSync(file, csvText)
  const second = await scored({ resume: true })
  assert.ok(first.out + second.out === expected.out)
})

test('--output after a checkpoint without it begins a file of its own, with a header', async () => {
  const all = csvText.trimEnd().split('\n')
  writeFileSync(file, joined(all.slice(0, 900)))
  await scored({ resume: true })
  writeFileSync(file, csvText)
  await resumed()
  const [header, ...rows] = written().trimEnd().split('\n')
  assert.ok(header.startsWith(`${all[0]},veto_score`))
  assert.is(rows.length, 601)
})

test('learn goes on as score does', async () => {
  const expected = await whole(requests)
  writeFileSync(file, joined(lines.slice(0, 300)))
  const flags = { ...defaults, model, resume: true, checkpoint: 100 }
  assert.is(await learn(file, flags, fakeProcess('')), 0)
  writeFileSync(file, requests)
  assert.is(await learn(file, flags, fakeProcess('')), 0)
  assert.ok(learnedIn(model).equals(expected.learned))
})

test('a damaged model: the one before it is used, that is said, and it stays until there is a sound one', async () => {
  const expected = await whole(requests)
  writeFileSync(file, joined(lines.slice(0, 600)))
  await resumed()
  writeFileSync(file, joined(lines.slice(0, 1100)))
  await resumed()
  const { size } = statSync(model)
  const previous = readFileSync(`${model}.previous`)
  truncateSync(model, size - 1)
  writeFileSync(file, requests)
  const { messages } = await resumed()
  assert.match(messages, /model: Expected .* Using .*model\.previous instead, .* \(600 records learned\)/)
  assert.match(messages, /going on behind record 600 /)
  assert.ok(written() === expected.out)
  assert.ok(readFileSync(`${model}.previous`).equals(previous))
  // The next one is sound, and keeps the sound one before it.
  assert.ok(learnedIn(model).equals(expected.learned))
})

test('damaged models with nothing better before them, and models of other versions, are refused', async () => {
  writeFileSync(file, requests)
  await resumed()
  const sound = readFileSync(model)
  const refused = async (message: RegExp) => {
    const before = readFileSync(model)
    const error = await failure(resumed())
    assert.is(error.exitCode, exitCodes.model)
    assert.match(error.message, message)
    assert.ok(readFileSync(model).equals(before))
  }
  const { tensors, metadata } = readSafetensors(sound)
  const { checksum: _, ...others } = metadata
  const version = writeSafetensors(tensors, { ...others, version: '99' })
  copyFileSync(model, `${model}.previous`)
  writeFileSync(model, version)
  await refused(/got version "99"/)
  writeFileSync(model, sound.subarray(0, 1000))
  rmSync(`${model}.previous`)
  await refused(/model: Expected/)
  writeFileSync(`${model}.previous`, sound.subarray(0, 900))
  await refused(/model: Expected/)
})

/** Refusals leave model and output as they were. */
async function refusal(flags: Partial<OutputFlags>, exitCode: number, message: RegExp) {
  const content = (path: string) => (existsSync(path) ? readFileSync(path, 'utf8') : undefined)
  const before = [content(model), content(output)]
  const error = await failure(scored(flags))
  assert.is(error.exitCode, exitCode, error.message)
  assert.match(error.message, message)
  assert.equal([content(model), content(output)], before)
}

test('an input or output that is not the one of the checkpoint is refused, with what to do', async () => {
  const flags = { output, resume: true }
  writeFileSync(file, requests)
  await resumed()
  writeFileSync(file, joined(lines.slice(0, 10)))
  await refusal(
    flags,
    exitCodes.input,
    /cannot go on in .*input: expected the \d+ bytes .*; bring the file back/,
  )
  writeFileSync(file, requests.replace(/.\n$/, ' \n'))
  await refusal(flags, exitCodes.input, /cannot go on in .*input: .* checksum/)
  writeFileSync(file, requests)
  const sound = written()
  writeFileSync(output, sound.slice(0, -9))
  await refusal(flags, exitCodes.input, /expected the \d+ bytes that .*output had .*; bring it back/)
  writeFileSync(output, `${sound.slice(0, -9)}different`)
  await refusal(flags, exitCodes.input, /checksum .*; bring it back/)
})

test('an output of which the model knows nothing is not cut off', async () => {
  writeFileSync(file, requests)
  writeFileSync(output, 'a year of results\n')
  await refusal(
    { output, resume: true },
    exitCodes.model,
    /no such checkpoint and .*output of 18 bytes; move it away/,
  )
  await scored({})
  await refusal(
    { output, resume: true },
    exitCodes.input,
    /taken without one, got .*output of 18 bytes; move it away/,
  )
  // Without --resume it is what `>` would do.
  assert.is((await scored({ output })).code, 0)
  assert.is(written().split('\n').length, 1501)
})

test('a model that is gone: the one before it is gone on with, and nobody who begins anew is bothered with it', async () => {
  writeFileSync(file, requests)
  await scored({ output, checkpoint: 500 })
  const expected = written()
  rmSync(model)
  const { messages } = await resumed()
  assert.match(messages, /Expected the model to go on with, got no such file. Using .*previous instead/)
  assert.is(written(), expected)
  rmSync(model)
  assert.not.match((await scored({ output })).messages, /previous/)
  assert.is(written(), expected)
})

test('--output that is the input or the model, by whatever name, is refused before anything is written', async () => {
  writeFileSync(file, requests)
  linkSync(file, output)
  await refusal({ output }, exitCodes.usage, /another file than the input/)
  await refusal({ output: file }, exitCodes.usage, /another file than the input/)
  await refusal({ output: model }, exitCodes.usage, /another file than the model/)
  await refusal({ output: `${model}.previous` }, exitCodes.usage, /another file than the previous model/)
  const config = join(folder, 'config.json')
  writeFileSync(config, '{}')
  await refusal({ output: config, config }, exitCodes.usage, /another file than the file of --config/)
  await refusal({ output: folder }, exitCodes.usage, /expected a file with --output, got .*, which is none/)
  assert.is(readFileSync(file, 'utf8'), requests)
})

test('flags that contradict each other', async () => {
  writeFileSync(file, requests)
  await refusal({ resume: true, model: undefined }, exitCodes.usage, /expected --model FILE with --resume/)
  await refusal(
    { checkpoint: 5, model: undefined },
    exitCodes.usage,
    /expected --model FILE with --checkpoint/,
  )
  await refusal({ resume: true, freeze: true }, exitCodes.usage, /expected --resume without --freeze/)
  await scored({})
  await refusal({ resume: true, format: 'csv' }, exitCodes.usage, /expected --format ndjson, .* got csv/)
})

test('a signal while nobody takes the output: the model stays where the output reaches', async () => {
  writeFileSync(file, requests)
  const surroundings = fakeProcess('')
  surroundings.stdout._write = () => {}
  const running = score(file, { ...defaults, model, resume: true }, surroundings)
  setTimeout(() => surroundings.signal('SIGTERM'), 100)
  assert.is(await running, exitCodes.SIGTERM)
  assert.match(surroundings.stderr.text, /output was not taken .* stays as it was at its last checkpoint/)
  assert.is(Detector.load(readFileSync(model)).learned, 0)
})

test.run()
