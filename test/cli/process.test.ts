/** What only a real process can show: usage, pipes that close, signals, records that trickle, memory. */
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { recordLines } from '../../fixtures/records.ts'
import { Detector } from '../../pipeline/index.ts'
import { outcomeOf, root, shell, start, veto } from './veto.ts'

const test = suite('process')
let folder = ''
test.before.each(() => {
  folder = mkdtempSync(join(tmpdir(), 'veto-process-'))
})
test.after.each(() => rmSync(folder, { recursive: true }))

test('usage, help and version', async () => {
  const { version } = JSON.parse(readFileSync(`${root}package.json`, 'utf8'))
  const calls: [args: string[], code: number, said: RegExp][] = [
    [['--version'], 0, new RegExp(`^${version}\n$`)],
    [['--help'], 0, /Exit codes:.*\n.*143/],
    [['score', '--help'], 0, /Examples:\n/],
    [[], 2, /Usage: veto/],
    [['guess'], 2, /^veto: unknown command 'guess'/],
    [['score', '--hiden', '3'], 2, /^veto: unknown option '--hiden'.*\n.*--hidden/],
    [['score', '--hidden', '0'], 2, /Expected a whole number from 1 to 1048576, got '0'/],
    [['score', '--alpha', '2'], 2, /Expected a number between 0 and 1, .* got '2'/],
    [['score', '--format', 'xml'], 2, /Allowed choices are ndjson, csv, auto/],
    [['score', '--freeze'], 2, /expected --model with --freeze/],
    [['learn'], 2, /expected --model FILE/],
    [['score', 'a', 'b'], 2, /too many arguments/],
  ]
  const outcomes = await Promise.all(calls.map(([args]) => veto(args)))
  for (const [index, [args, code, said]] of calls.entries()) {
    const outcome = outcomes[index]
    assert.is(outcome.code, code, `veto ${args.join(' ')}: ${outcome.messages}`)
    assert.match(outcome.out + outcome.messages, said)
    // Standard output is for data: what is wrong is said on standard error.
    if (code !== 0) assert.is(outcome.out, '')
  }
})

test('records that come one by one leave one by one, also in CSV and without a last newline', async () => {
  const streams = {
    ndjson: ['{"a":1}\n', '{"a":2}\n', '{"a":3}'],
    csv: ['a\n1\n', '2\n', '3'],
  }
  for (const [format, pieces] of Object.entries(streams)) {
    const child = start(['score', '--quiet'])
    const seen: string[] = []
    child.stdout.on('data', data => seen.push(String(data)))
    for (const [index, piece] of pieces.entries()) {
      child.stdin.write(piece)
      if (index === pieces.length - 1) break
      // The next piece is not sent before this one is answered: if it were held back, this would wait for ever.
      while (!seen.join('').includes(format === 'csv' ? `${index + 1},,` : `"a":${index + 1},`))
        await once(child.stdout, 'data')
    }
    child.stdin.end()
    await once(child, 'close')
    const count = format === 'csv' ? 4 : 3
    assert.is(seen.join('').trimEnd().split('\n').length, count)
  }
})

test('a reader that leaves ends the command without a word, with 0, and the model is saved', async () => {
  const model = join(folder, 'model')
  const command = `yes '{"a":1,"b":"x"}' | { "$@" score --quiet --model ${model}; echo "code $?" >&2; } | head -n 2`
  const { out, messages } = await outcomeOf(shell(command))
  assert.is(out.split('\n').length, 3)
  assert.is(messages, 'code 0\n')
  assert.ok(Detector.load(readFileSync(model)).learned > 0)
})

test('a full disk is an error', async () => {
  if (!existsSync('/dev/full')) return
  const { code, messages } = await outcomeOf(shell('"$@" score fixtures/requests.ndjson > /dev/full'))
  assert.is(code, 3)
  assert.match(messages, /cannot write the output: .*ENOSPC/)
})

for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const) {
  test(`${signal} while waiting for input: model saved, summary printed, exit code ${code}`, async () => {
    const model = join(folder, 'model')
    const child = start(['score', '--model', model])
    child.stdin.write('{"a":1}\n{"a":2}\n{"a":')
    await once(child.stdout, 'data')
    child.kill(signal)
    const [messages, [ended]] = await Promise.all([text(child.stderr), once(child, 'close')])
    assert.is(ended, code)
    assert.match(messages, /^veto: 2 records/)
    assert.is(Detector.load(readFileSync(model)).learned, 2)
  })
}

test('SIGTERM while nobody takes the output: the model is saved all the same', async () => {
  const model = join(folder, 'model')
  const child = start(['score', '--model', model])
  child.stdin.on('error', () => {})
  // Their output is far more than a pipe and a chunk hold. It is never read, so the child comes to a halt.
  child.stdin.write([...recordLines(5000, 1)].join(''))
  await once(child.stdout, 'readable')
  child.kill('SIGTERM')
  const [ended] = await once(child, 'exit')
  assert.is(ended, 143)
  const { learned } = Detector.load(readFileSync(model))
  assert.ok(learned > 0 && learned < 5000, String(learned))
})

/** Has a process print its greatest resident set size, in kilobytes, on standard error when it ends. */
const reporter = `data:text/javascript,${encodeURIComponent(
  "import { writeSync } from 'node:fs'; process.on('exit', () => writeSync(2, String(process.resourceUsage().maxRSS)))",
)}`

test('a reader that is slower than the records does not fill the memory', async () => {
  // 60,000 records make 14 MB of input and 40 MB of output. A child that queued them would never stop taking records.
  const child = start(['score', '--quiet'], ['--import', reporter])
  const messages = text(child.stderr)
  let batch: string[] = []
  let isStalled = false
  const takes = () =>
    Promise.race([once(child.stdin, 'drain').then(() => true), sleep(500).then(() => false)])
  for (const line of recordLines(60_000, 1)) {
    if (batch.push(line) < 500) continue
    const wantsMore = child.stdin.write(batch.join(''))
    batch = []
    if (wantsMore || (await takes())) continue
    // The child has stopped taking records. Only now is its output taken, and thrown away.
    isStalled = true
    child.stdout.resume()
    await once(child.stdin, 'drain')
  }
  child.stdin.end(batch.join(''))
  child.stdout.resume()
  const megabytes = Number(await messages) / 1024
  assert.ok(isStalled)
  assert.ok(megabytes > 10 && megabytes < 200, `${megabytes} MB`)
})

test('the same input gives the same bytes in every process', async () => {
  const args = ['score', '--seed', '3', 'fixtures/requests.ndjson', '--quiet']
  const [first, second] = await Promise.all([veto(args), veto(args)])
  assert.is(first.code, 0)
  assert.is(first.out, second.out)
})

test.run()
