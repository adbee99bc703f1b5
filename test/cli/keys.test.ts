/** Commands with a model for each key: the same answers whatever is in memory, however many threads, however often killed. */
import { once } from 'node:events'
import {
  appendFileSync,
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Papa from 'papaparse'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { LmdbStore } from '../../cli/keys/lmdb-store.ts'
import { keyedRecords } from '../../fixtures/keyed.ts'
import { Bank } from '../../pipeline/index.ts'
import { start, veto } from './veto.ts'

const test = suite<{ folder: string }>('models of keys')
const stream = keyedRecords(60, 1900, 11)
const lines = stream.map(({ record }) => JSON.stringify(record))
/** Many more models than fit into that, so that most of them rest. */
const SMALL = ['--memory', '1']

test.before.each(context => {
  context.folder = mkdtempSync(join(tmpdir(), 'veto-keys-test-'))
  writeFileSync(join(context.folder, 'in.ndjson'), `${lines.join('\n')}\n`)
})
test.after.each(({ folder }) => rmSync(folder, { recursive: true }))

const places = (folder: string) => ({
  input: join(folder, 'in.ndjson'),
  output: join(folder, 'out.ndjson'),
  model: join(folder, 'hosts.veto'),
})

/** Score the stream by key; what was written. */
async function scored(folder: string, ...flags: string[]): Promise<string> {
  const { input, output } = places(folder)
  const { code, messages } = await veto(['score', '--key', 'host', ...flags, '-o', output, input])
  assert.is(code, 0, messages)
  return readFileSync(output, 'utf8')
}

test('the answers are those of the library, in the order of the records', async ({ folder }) => {
  const written = (await scored(folder)).trim().split('\n')
  const bank = new Bank({ key: 'host' })
  assert.is(written.length, lines.length)
  for (const [index, { record }] of stream.entries()) {
    const { veto: answer, ...own } = JSON.parse(written[index])
    const { score } = bank.observe(record)
    assert.equal(own, record)
    assert.is(answer.score, score === null ? null : Number(score.toPrecision(6)))
  }
})

test('one thread or three, all in memory or most at rest: the same bytes', async ({ folder }) => {
  const expected = await scored(folder)
  assert.ok((await scored(folder, '--workers', '3')) === expected)
  assert.ok((await scored(folder, ...SMALL)) === expected)
  const { model } = places(folder)
  const flags = ['--workers', '2', ...SMALL, '--model', model, '--checkpoint', '400']
  assert.ok((await scored(folder, ...flags)) === expected)
  // Whoever goes on may have another number of threads.
  appendFileSync(places(folder).input, `${lines.slice(0, 300).join('\n')}\n`)
  const resumed = await scored(folder, '--model', model, '--resume')
  rmSync(model, { recursive: true })
  assert.ok(resumed === (await scored(folder)))
})

test('CSV, too', async ({ folder }) => {
  const csv = `${Papa.unparse(
    stream.map(({ record }) => record),
    { newline: '\n' },
  )}\n`
  writeFileSync(join(folder, 'in.ndjson'), csv)
  const expected = await scored(folder, '--format', 'csv')
  assert.is(expected.split('\n')[0], 'host,a,b,c,d,zone,veto_score,veto_p,veto_anomaly,veto_why')
  assert.ok((await scored(folder, '--format', 'csv', '--workers', '2', ...SMALL)) === expected)
})

for (const workers of ['1', '2']) {
  test(`killed again and again, with ${workers} at work: every record once, as if never killed`, async ({
    folder,
  }) => {
    const expected = await scored(folder)
    const { input, output, model } = places(folder)
    rmSync(output)
    const flags = ['--key', 'host', '--workers', workers, ...SMALL, '--model', model, '--checkpoint', '150']
    const args = ['score', ...flags, '--resume', '-o', output, input]
    let kills = 0
    for (let run = 0; run < 4; run++) {
      const child = start(args)
      child.stderr.resume()
      const before = statSync(output, { throwIfNoEntry: false })?.size ?? 0
      // Killed when it has written some more; later ones later.
      const timer = setInterval(() => {
        const size = statSync(output, { throwIfNoEntry: false })?.size ?? 0
        if (size > before + 60_000 * run && child.kill('SIGKILL')) clearInterval(timer)
      }, 5)
      const [, signal] = await once(child, 'close')
      clearInterval(timer)
      if (signal === 'SIGKILL') kills++
    }
    const { code } = await veto(args)
    assert.is(code, 0)
    assert.ok(kills >= 2, `${kills} kills`)
    assert.ok(readFileSync(output, 'utf8') === expected)
  })
}

test('frozen models judge and stay as they are; unknown keys are judged, too', async ({ folder }) => {
  const { model, input } = places(folder)
  await scored(folder, '--model', model)
  const before = new LmdbStore(model)
  const head = Buffer.from(before.head as Uint8Array)
  await before.close()
  writeFileSync(input, `${JSON.stringify({ ...stream[0].record, host: 'unknown' })}\n${lines[1]}\n`)
  const written = (await scored(folder, '--model', model, '--freeze', '--workers', '2')).trim().split('\n')
  for (const line of written) assert.type(JSON.parse(line).veto.p, 'number')
  const after = new LmdbStore(model)
  assert.ok(Buffer.from(after.head as Uint8Array).equals(head))
  assert.is(after.get('unknown'), undefined)
  await after.close()
})

test('a folder that is cut short is refused, and so is what is of another kind', async ({ folder }) => {
  const { model, input } = places(folder)
  await scored(folder, '--model', model)
  const size = statSync(join(model, 'data.mdb')).size
  for (const cut of [0, 1, 24, 4096, 8192, 8193, size - 1]) {
    const copy = join(folder, `cut-${cut}`)
    cpSync(model, copy, { recursive: true })
    truncateSync(join(copy, 'data.mdb'), cut)
    const { code, messages } = await veto(['score', '--key', 'host', '--model', copy, input])
    assert.is(code, 4, messages)
    assert.match(messages, /cut short|damaged/)
  }
  const file = join(folder, 'file.veto')
  assert.is((await veto(['learn', '--model', file, input])).code, 0)
  const refused = await veto(['score', '--key', 'host', '--model', file, input])
  assert.is(refused.code, 4)
  assert.match(refused.messages, /it holds one model for all records/)
  const whole = await veto(['score', '--model', model, input])
  assert.is(whole.code, 4)
  const other = await veto(['score', '--key', 'zone', '--model', model, input])
  assert.is(other.code, 2)
  assert.match(other.messages, /Expected the key as the models have it, "host", got "zone"/)
})

test('an output within the folder of models is refused, and the models are as they were', async ({
  folder,
}) => {
  const { model, input } = places(folder)
  await scored(folder, '--model', model)
  const data = join(model, 'data.mdb')
  const before = readFileSync(data)
  const { code, messages } = await veto(['score', '--key', 'host', '--model', model, '-o', data, input])
  assert.is(code, 2)
  assert.match(messages, /expected --output outside of the folder of models/)
  assert.ok(readFileSync(data).equals(before))
})

test('without a model nothing is left behind', async ({ folder }) => {
  const { TMPDIR } = process.env
  process.env.TMPDIR = folder
  try {
    await scored(folder, '--workers', '2', ...SMALL)
  } finally {
    if (TMPDIR === undefined) delete process.env.TMPDIR
    else process.env.TMPDIR = TMPDIR
  }
  assert.equal(readdirSync(folder).sort(), ['in.ndjson', 'out.ndjson'])
})

test.run()
