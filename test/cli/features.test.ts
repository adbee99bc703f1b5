/** veto features: what the experts make of records, as lines and as columns. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import Papa from 'papaparse'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { features } from '../../cli/commands/features.ts'
import { learn } from '../../cli/commands/learn.ts'
import { exitCodes } from '../../cli/errors.ts'
import { featureColumns, withCells } from '../../cli/io/features-writer.ts'
import { Bank, Detector } from '../../pipeline/index.ts'
import { rounded } from '../../pipeline/ndjson/answer.ts'
import { csvText, failure, learnedIn, lines, outcome, requests } from './session.ts'
import { outcomeOf, start, veto } from './veto.ts'

const test = suite('features')
const options = { experts: 'rbm', hidden: 5 } as const
const library = { experts: 'rbm', family: { hidden: 5 } }

let folder = ''
let model = ''
test.before.each(() => {
  folder = mkdtempSync(join(tmpdir(), 'veto-features-'))
  model = join(folder, 'model')
})
test.after.each(() => rmSync(folder, { recursive: true }))

const listsOf = (text: string) =>
  text
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line))

test('each record with the features that it had before it was learned; null without a model', async () => {
  const { code, out } = await outcome(features, requests, options)
  assert.is(code, 0)
  const detector = new Detector(library)
  const expected = lines.map(line => {
    const own = [...detector.transformOne(JSON.parse(line))].map(rounded)
    detector.learnOne(JSON.parse(line))
    return `${line.slice(0, -1)},"veto":${JSON.stringify({ features: own.length > 0 ? own : null })}}\n`
  })
  assert.is(out, expected.join(''))
  assert.match(expected[7], /"features":null/)
  assert.match(expected[8], /"features":\[0\.\d+(,0\.\d+){4}\]/)
})

test('learns as learn does, and nothing with --freeze', async () => {
  await outcome(learn, requests, { ...options, model })
  const learned = readFileSync(model)
  const frozen = await outcome(features, requests, { model, freeze: true })
  assert.equal(readFileSync(model), learned)
  const detector = Detector.load(learned)
  assert.equal(
    listsOf(frozen.out).map(({ veto }) => veto.features),
    lines.map(line => [...detector.transformOne(JSON.parse(line))].map(rounded)),
  )
  const own = join(folder, 'own')
  await outcome(features, requests, { ...options, model: own })
  assert.equal(learnedIn(own), learnedIn(model))
})

test('CSV: as many columns as the model has features, with and without the records', async () => {
  await outcome(learn, csvText, { ...options, model })
  const whole = await outcome(features, csvText, { model, freeze: true })
  const only = await outcome(features, csvText, { model, freeze: true, only: true } as never)
  const { data, meta } = Papa.parse<Record<string, string>>(whole.out, { header: true, skipEmptyLines: true })
  const added = ['veto_0', 'veto_1', 'veto_2', 'veto_3', 'veto_4']
  assert.equal(meta.fields, [...Object.keys(JSON.parse(lines[0])), ...added])
  assert.is(data.length, lines.length)
  const rows = data.map(row => added.map(name => row[name]).join())
  assert.is(only.out, `${[added.join(), ...rows].join('\n')}\n`)
  const detector = Detector.load(readFileSync(model))
  assert.equal(rows[3].split(',').map(Number), [...detector.transformOne(JSON.parse(lines[3]))].map(rounded))
  assert.is(
    (await outcome(features, requests, { model, freeze: true, only: true } as never)).out,
    rows.map(row => `[${row}]\n`).join(''),
  )
})

test('CSV without a settled model is refused: its header could not say how many columns there will be', async () => {
  for (const count of [0, 4, 100]) {
    rmSync(model, { force: true })
    if (count > 0) await outcome(learn, lines.slice(0, count).join('\n'), { ...options, model })
    const { exitCode, message } = await failure(outcome(features, csvText, { model }))
    assert.is(exitCode, exitCodes.usage)
    assert.match(message, /expected a model whose fields are settled.*veto learn/)
    if (count > 8) assert.is((await outcome(features, csvText, { model, freeze: true })).code, 0)
  }
})

test('cells are as many as columns whatever comes, and that is said', () => {
  const remarks: string[] = []
  const rows: unknown[] = []
  const writer = withCells(
    { header: () => 'h', write: (_, { cells }) => String(rows.push(cells)) },
    3,
    ({ message }) => remarks.push(message),
  )
  const entry = { text: '', record: {}, ending: '\n', line: 7 } as never
  for (const cells of [[1, 2, 3], [1], [1, 2, 3, 4]]) writer.write(entry, { added: {}, cells })
  assert.equal(rows, [
    [1, 2, 3],
    [1, null, null],
    [1, 2, 3],
  ])
  assert.is(remarks.length, 2)
  assert.match(remarks[0], /expected 3 features, as many as there are columns, got 1/)
  assert.equal(featureColumns(2), ['0', '1'])
})

test('killed and gone on with: the same bytes as in one run', async () => {
  await outcome(learn, csvText, { ...options, model })
  const input = join(folder, 'in.csv')
  writeFileSync(input, csvText)
  const [whole, half, output] = ['whole', 'half', 'out'].map(name => join(folder, name))
  writeFileSync(half, readFileSync(model))
  const once = await veto(['features', '--quiet', '-m', model, '-o', whole, input])
  assert.is(once.code, 0, once.messages)
  const flags = ['features', '--quiet', '-m', half, '-o', output, '--checkpoint', '100']
  const head = csvText.split('\n').slice(0, 701)
  const child = start(flags)
  child.stdin.write(`${head.join('\n')}\n`)
  // Standard input stays open, so that it is in the middle of its work.
  while (!existsSync(output) || readFileSync(output, 'utf8').split('\n').length < 702) await sleep(20)
  child.kill('SIGKILL')
  await outcomeOf(child)
  const { records } = (Detector.load(readFileSync(half)).position ?? {}) as { records: number }
  assert.ok(records % 100 === 0 && records > 0 && records <= 700, String(records))
  const rest = await veto(
    [...flags, '--resume'],
    csvText
      .split('\n')
      .slice(records + 1)
      .join('\n'),
  )
  assert.is(rest.code, 0, rest.messages)
  assert.is(readFileSync(output, 'utf8'), readFileSync(whole, 'utf8'))
})

test('a model for each key', async () => {
  const keyed = Array.from({ length: 1500 }, (_, t) => ({ host: `h${t % 2}`, x: (t * 7) % 11, y: t % 3 }))
  const input = keyed.map(record => `${JSON.stringify(record)}\n`).join('')
  const { out } = await outcome(features, input, { key: 'host' })
  const bank = new Bank({ key: 'host' })
  const last = keyed.map(record => {
    const own = [...bank.transformOne(record)].map(rounded)
    bank.learnOne(record)
    return own
  })
  assert.equal(
    listsOf(out).map(({ veto }) => veto.features ?? []),
    last,
  )
  assert.is(bank.featureCount, last.at(-1)?.length)
  assert.ok(bank.isSettled)
})

test.run()
