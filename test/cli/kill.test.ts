/** Processes that are killed, or find the disk full, and what `--resume` makes of it. */
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import Papa from 'papaparse'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { requests } from '../../fixtures/requests.ts'
import { Detector } from '../../pipeline/index.ts'
import { learnedIn } from './session.ts'
import { outcomeOf, shell, start, veto } from './veto.ts'

const test = suite('kill')
let folder = ''
test.before.each(() => {
  folder = mkdtempSync(join(tmpdir(), 'veto-kill-'))
})
test.after.each(() => rmSync(folder, { recursive: true }))

const records = [...requests(3000, 1)]
const ndjson = records.map(record => `${JSON.stringify(record)}\n`).join('')
/** Paths are quoted and span two lines. */
const csv = `${Papa.unparse(
  records.map(({ path, ...others }) => ({ ...others, path: `${path}\n"quoted"` })),
  { newline: '\n' },
)}\n`

const sizeOf = (path: string) => statSync(path, { throwIfNoEntry: false })?.size ?? 0

const isAlive = (child: ChildProcess) => child.exitCode === null && child.signalCode === null

/** Start a command and kill it once its output has grown by so many bytes; whether it was killed before its end. */
async function killed(args: readonly string[], output: string, bytes: number): Promise<boolean> {
  const child = start(args)
  const ended = once(child, 'close')
  const before = sizeOf(output)
  while (isAlive(child) && sizeOf(output) < before + bytes) await sleep(1)
  child.kill('SIGKILL')
  const [, signal] = await ended
  return signal === 'SIGKILL'
}

/** The output of a command that is killed twice, and what it has learned. */
async function interrupted(input: string, name: string) {
  const [model, output] = [join(folder, `${name}.model`), join(folder, `${name}.out`)]
  const args = ['score', '--quiet', '--resume', '--checkpoint', '200', '--model', model, '-o', output, input]
  const kills = [await killed(args, output, 40_000), await killed(args, output, 350_000)]
  const last = await veto(args)
  return { kills, last, output: readFileSync(output), learned: learnedIn(model) }
}

test('killed twice and resumed: the same output and model, byte for byte, as without', async () => {
  const streams: [name: string, bytes: string | Buffer][] = [
    ['requests.ndjson', ndjson],
    ['requests.csv', csv],
    ['packed.ndjson.gz', gzipSync(ndjson)],
  ]
  await Promise.all(
    streams.map(async ([name, bytes]) => {
      const input = join(folder, name)
      writeFileSync(input, bytes)
      const model = join(folder, `${name}.whole`)
      const [whole, pieces] = await Promise.all([
        veto(['score', '--quiet', '--model', model, input]),
        interrupted(input, name),
      ])
      assert.equal([pieces.last.code, pieces.last.messages], [0, ''], name)
      assert.ok(pieces.kills.includes(true), `${name} was never killed in time`)
      assert.ok(pieces.output.equals(Buffer.from(whole.out)), `${name}: another output`)
      assert.ok(pieces.learned.equals(learnedIn(model)), `${name}: another model`)
    }),
  )
})

test('a record that came before a pause is saved while the source is silent', async () => {
  const model = join(folder, 'model')
  const child = start(['score', '--model', model, '--checkpoint-seconds', '0.05'])
  child.stdin.write('{"a":1}\n{"a":2}\n{"a":')
  while (isAlive(child) && !existsSync(model)) await sleep(5)
  const { learned, position } = Detector.load(readFileSync(model))
  child.kill('SIGKILL')
  await once(child, 'close')
  assert.is(learned, 2)
  assert.is((position as { input: { bytes: number } }).input.bytes, 16)
})

test('an output that cannot be written any further ends the command, and can be gone on with', async () => {
  const [input, model, output] = ['input', 'model', 'output'].map(name => join(folder, name))
  writeFileSync(input, ndjson)
  const args = `--quiet --model ${model} --output ${output} --checkpoint 100 ${input}`
  // Files of more than 400 blocks of 1024 bytes fail; without the trap they would kill.
  const full = await outcomeOf(shell(`trap '' XFSZ; ulimit -f 400; "$@" score ${args}`))
  assert.is(full.code, 3)
  assert.match(full.messages, /cannot write the output: EFBIG/)
  const { learned, position } = Detector.load(readFileSync(model))
  const reached = (position as { output: { bytes: number } }).output.bytes
  assert.ok(learned > 0 && reached > 0 && reached <= 400 * 1024)
  assert.is((await outcomeOf(shell(`"$@" score --resume ${args}`))).code, 0)
  const whole = await veto(['score', '--quiet', input])
  assert.ok(readFileSync(output, 'utf8') === whole.out)
})

test('a model that cannot be saved is reported while records go on, and is exit code 4 at the end', async () => {
  const [input, model] = ['input', 'model'].map(name => join(folder, name))
  writeFileSync(input, ndjson)
  // The model of so many records is larger than eight blocks.
  const command = `trap '' XFSZ; ulimit -f 8; "$@" score --model ${model} --checkpoint 1000 ${input} | wc -l; exit \${PIPESTATUS[0]}`
  const { code, out, messages } = await outcomeOf(shell(command))
  assert.equal([code, out.trim()], [4, '3000'])
  assert.match(
    messages,
    /cannot save the model as .*EFBIG.*; reading goes on, and the next checkpoint tries again/,
  )
  assert.match(messages, /^veto: cannot save the model as .*EFBIG.*[^n]$/m)
})

test('a file on standard input is not gone on with: it would be read from its beginning again', async () => {
  const file = join(folder, 'file')
  writeFileSync(file, '{"a":1}\n')
  const command = `"$@" score --quiet --resume --model ${file}.model`
  assert.is((await outcomeOf(shell(`${command} < ${file}`))).code, 0)
  const { code, out, messages } = await outcomeOf(shell(`${command} < ${file}`))
  assert.equal([code, out], [2, ''])
  assert.match(messages, /expected a pipe or the name of a file with --resume/)
  assert.is((await outcomeOf(shell(`echo '{"a":2}' | ${command}`))).code, 0)
})

test('standard input that is the output file is refused, and is as it was', async () => {
  const file = join(folder, 'file')
  writeFileSync(file, ndjson)
  const { code, messages } = await outcomeOf(shell(`"$@" score --output ${file} < ${file}`))
  assert.is(code, 2)
  assert.match(messages, /expected --output to be another file than the input/)
  assert.ok(readFileSync(file, 'utf8') === ndjson)
})

test.run()
