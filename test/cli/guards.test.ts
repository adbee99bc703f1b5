/** What data cannot do, whatever stands in it: act on a terminal, change objects of the program, be opened, pile up. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import v8 from 'node:v8'
import vm from 'node:vm'
import * as fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { denoise } from '../../cli/commands/denoise.ts'
import { score } from '../../cli/commands/score.ts'
import type { Intake } from '../../cli/io/entry.ts'
import { readerFor } from '../../cli/io/format.ts'
import { Report } from '../../cli/io/report.ts'
import { spelledOut } from '../../cli/io/terminal.ts'
import { isDeeperThan } from '../../pipeline/json-depth.ts'
import { defaults, outcome } from './session.ts'
import { fakeProcess } from './surroundings.ts'
import { outcomeOf, start, veto } from './veto.ts'

const test = suite('guards')

/** Escape sequences, a bell, DEL, a C1 introducer, reversed writing, a tag character, a line separator. */
const HOSTILE = '\u001b]0;x\u0007\u007f\u009b31m\u202egnp.exe\u{e0041}\u2028'
/** Anything that a terminal could act upon, line endings and tabs aside. */
const acting = /(?![\n\t])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u

const records = Array.from({ length: 40 }, (_, t) => ({
  text: t % 4 === 3 ? HOSTILE : `a${t % 3}`,
  n: (t * 7) % 5,
}))
/** Raw where JSON allows it: everything but control characters below U+0020. */
const ndjson = records.map(({ text, n }) => `{"text":${JSON.stringify(text)},\r"n":${n}}\r\n`).join('')
const csv = `text,n\n${records.map(({ text, n }) => `"${text}",${n}\n`).join('')}`

async function onTerminal(command: typeof score, input: string, isTTY: boolean) {
  const surroundings = fakeProcess(input)
  surroundings.stdout.isTTY = isTTY
  await command(undefined, { ...defaults }, surroundings)
  return surroundings.stdout.text
}

for (const command of [score, denoise]) {
  test(`${command.name} to a terminal: nothing in a line of JSON can act on it, and its value is the same`, async () => {
    const shown = await onTerminal(command, ndjson, true)
    const piped = await onTerminal(command, ndjson, false)
    assert.not.match(shown.replaceAll('\r\n', '\n'), acting)
    assert.match(piped, acting)
    const values = (text: string) =>
      text
        .trimEnd()
        .split('\n')
        .map(line => JSON.parse(line))
    assert.equal(values(shown), values(piped))
  })

  test(`${command.name} to a terminal: nothing in CSV can act on it`, async () => {
    const shown = await onTerminal(command, csv, true)
    assert.not.match(shown, acting)
    assert.match(shown, /\\u001b\]0;x\\u0007\\u007f\\u009b31m\\u202egnp\.exe\\udb40\\udc41\\u2028/)
    assert.match(await onTerminal(command, csv, false), acting)
  })
}

test('text without anything that acts is shown as it is', () => {
  const text = '{"a":"é🙂\t"}\r\n\n'
  assert.is(spelledOut(text), text)
})

test('property: what is spelled out is the same JSON', () => {
  fc.assert(
    fc.property(fc.jsonValue(), value => {
      const spelled = spelledOut(JSON.stringify(value))
      assert.equal(JSON.parse(spelled), JSON.parse(JSON.stringify(value)))
      assert.not.match(spelled, acting)
    }),
    { seed: 31, numRuns: 1000 },
  )
})

test('names of flags, commands and files come back harmless', async () => {
  for (const args of [
    ['score', `--${HOSTILE}`],
    [HOSTILE],
    ['score', HOSTILE],
    ['score', '--alpha', HOSTILE],
  ]) {
    const { code, out, messages } = await veto(args)
    assert.ok(code === 2 || code === 3)
    assert.not.match(out + messages, acting)
  }
})

const properties = ['__proto__', 'constructor', 'hasOwnProperty', 'toString', 'prototype', 'valueOf']
/** A member of its own of every object, whatever its name. */
const withAll = (value: (index: number) => unknown) =>
  `{${properties.map((name, index) => `"${name}":${JSON.stringify(value(index))}`).join()}}`
const ordinary = (t: number) =>
  withAll(index => (index % 2 === 0 ? (t * (index + 3)) % 7 : `s${(t * index) % 3}`))
const odd = withAll(index => (index % 2 === 0 ? 9000 : 'odd'))

/** What a line or row with such names becomes; fails when any prototype has changed. */
async function scored(input: string, command: typeof score, flags = {}) {
  const before = properties.map(name => Reflect.get(Object.prototype, name))
  const names = Object.getOwnPropertyNames(Object.prototype)
  const { code, out, messages } = await outcome(command, input, flags)
  assert.is(code, 0)
  assert.equal(Object.getOwnPropertyNames(Object.prototype), names)
  for (const [index, name] of properties.entries())
    assert.is(Reflect.get(Object.prototype, name), before[index])
  return { out, messages }
}

test('fields by the names of properties are fields: scored, explained, given as flags', async () => {
  const lines = [...Array.from({ length: 300 }, (_, t) => ordinary(t)), odd].map(line => `${line}\n`).join('')
  const { out, messages } = await scored(lines, score, { why: 10 })
  const last = JSON.parse(out.trimEnd().split('\n').at(-1)!)
  assert.is(last.veto.anomaly, true)
  const why = last.veto.why.map(({ field }: { field: string }) => field)
  assert.equal([...why].sort(), [...properties].sort())
  assert.match(messages, / 0 rejected lines, 0 notices/)
  const ignored = await scored(lines, score, { why: 10, ignore: ['__proto__', 'constructor', 'none'] })
  const left = JSON.parse(ignored.out.trimEnd().split('\n').at(-1)!).veto.why
  assert.is(left.length, 4)
  assert.match(ignored.messages, /no record has the field 'none'/)
  assert.not.match(ignored.messages, /'__proto__'/)
  const kinds = Object.fromEntries([['__proto__', 'category']]) as never
  assert.not.match((await scored(lines, score, { kinds })).messages, /no record has/)
})

test('fields by the names of properties that are missing are missing', async () => {
  const lines = Array.from({ length: 300 }, (_, t) => `${ordinary(t)}\n`).join('')
  const { out } = await scored(`${lines}{"n":1}\n{}\n{"toString":1}\n`, score, { why: 10 })
  const whys = out
    .trimEnd()
    .split('\n')
    .slice(-3)
    .map(line => JSON.parse(line).veto.why)
  assert.equal(whys.slice(0, 2), [[], []])
  assert.is(whys[2].length, 1)
})

test('columns by the names of properties are columns', async () => {
  const rows = Array.from({ length: 300 }, (_, t) => Object.values(JSON.parse(ordinary(t))).join())
  const { out } = await scored(
    `${properties.join()}\n${rows.join('\n')}\n${Array(6).fill('odd').join()}\n`,
    score,
  )
  assert.match(out, /^__proto__,constructor,hasOwnProperty,toString,prototype,valueOf,veto_score/)
  assert.match(out.trimEnd().split('\n').at(-1)!, /,true,/)
})

test('denoising replaces and fills fields by the names of properties', async () => {
  // Each value occurs with one value of each other field: what is missing follows from what is there.
  const line = (t: number) => withAll(() => `v${t % 3}`)
  const lines = Array.from({ length: 600 }, (_, t) => `${line(t)}\n`).join('')
  const {
    ['__proto__']: _,
    constructor: __,
    ...others
  } = Object.fromEntries(Object.entries(JSON.parse(line(1))))
  const { out } = await scored(`${lines}${JSON.stringify(others)}\n`, denoise)
  const text = out.trimEnd().split('\n').at(-1)!
  const filled = JSON.parse(text)
  assert.equal(
    [Object.getOwnPropertyDescriptor(filled, '__proto__')?.value, filled.constructor],
    ['v1', 'v1'],
  )
})

test('a line that is nested too deeply is rejected with the reason, in one look', async () => {
  const deep = (depth: number) => `{"a":${'['.repeat(depth - 1)}${']'.repeat(depth - 1)}}\n`
  const input = `${deep(64)}${deep(65)}${deep(400_000)}{"a":"${'['.repeat(100)}"}\n`
  const { out, messages } = await outcome(score, input)
  assert.is(out.trimEnd().split('\n').length, 2)
  assert.match(
    messages,
    /line 2: expected at most 64 objects and arrays within each other, got more \(--max-depth allows more\): \{"a":\[/,
  )
  assert.match(messages, /line 3: expected at most 64/)
  assert.is((await outcome(score, deep(65), { maxDepth: 65 })).out.split('\n').length, 2)
  assert.match((await outcome(score, '{"a":{}}\n', { maxDepth: 1 })).messages, /at most 1 objects/)
})

test('property: the depth of a text is that of its value', () => {
  const depthOf = (value: unknown): number =>
    typeof value === 'object' && value !== null ? 1 + Math.max(0, ...Object.values(value).map(depthOf)) : 0
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 6 }), fc.integer({ min: 0, max: 7 }), (value, most) => {
      const text = JSON.stringify(value)
      assert.is(isDeeperThan(text, most), depthOf(JSON.parse(text)) > most, text)
    }),
    { seed: 32, numRuns: 2000 },
  )
})

/** Has a process say on standard error which files named `bait` its code asks the file system about. */
const watcher = `data:text/javascript,${encodeURIComponent(`
  import fs from 'node:fs'
  import { syncBuiltinESMExports } from 'node:module'
  const say = path => { if (String(path).includes('bait')) fs.writeSync(2, 'touched ' + path + '\\n') }
  for (const of of [fs, fs.promises]) for (const [name, own] of Object.entries(of)) {
    if (typeof own !== 'function' || /^[A-Z_]/.test(name) || name === 'writeSync') continue
    of[name] = function (...args) { for (const each of args) say(each); return own.apply(this, args) }
  }
  syncBuiltinESMExports()
`)}`

/** The baits that a command touches. */
async function touched(args: readonly string[], input: string): Promise<string[]> {
  const child = start([...args, '--quiet'], ['--import', watcher])
  child.stdin.end(input)
  const { code, messages } = await outcomeOf(child)
  assert.is(code, 0, messages)
  return messages.split('\n').filter(line => line.startsWith('touched '))
}

test('no path in data is opened, read or followed', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'veto-guards-'))
  try {
    const bait = join(folder, 'bait.ndjson')
    writeFileSync(bait, '{"a":1}\n')
    const values = [
      bait,
      `file://${bait}`,
      `@${bait}`,
      `--config=${bait}`,
      `$(cat ${bait})`,
      `=cmd|'cat ${bait}'`,
    ]
    const lines = values.flatMap(value => [
      JSON.stringify({ path: value, $ref: value, [value]: value }),
      JSON.stringify({ model: value, config: value, include: { $ref: value } }),
    ])
    const input = Array(20).fill(lines).flat().join('\n')
    const rows = `path,model\n${values.map(value => `"${value}",1`).join('\n')}\n`
    for (const [args, text] of [
      [['score'], input],
      [['denoise'], rows],
      [['score', '--model', join(folder, 'model')], input],
    ] as const) {
      assert.equal(await touched(args, text), [])
    }
    // The watcher sees what it is there to see.
    assert.ok((await touched(['score', bait], '')).length > 0)
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('limits as flags: they agree with the model file, and the notice says the numbers', async () => {
  const wide = Array.from({ length: 30 }, (_, t) =>
    JSON.stringify(Object.fromEntries(Array.from({ length: 9 }, (_, i) => [`f${i}`, (t * (i + 2)) % 7]))),
  ).join('\n')
  const { code, messages } = await outcome(score, wide, { maxFields: 4, maxCategories: 9 })
  assert.is(code, 0)
  assert.match(
    messages,
    /Expected at most 4 fields, got 9 in the first 8 records; the 4 .* the other 5 are left out/,
  )
})

v8.setFlagsFromString('--expose-gc')
const gc = vm.runInNewContext('gc') as () => void

test('100,000 ever new names, notices and remarks do not fill the memory of reader and report', () => {
  const report = new Report(() => {})
  const intake: Intake = {
    entry({ line, record }) {
      report.line = line
      const [field] = Object.keys(record)
      report.notice({ code: 'nested', field, message: field })
    },
    reject: rejection => report.reject(rejection),
    remark: remark => report.remark(remark),
    header() {},
  }
  const reader = readerFor('ndjson', intake, { limit: 1 << 20 })
  const used = [0, 1].map(half => {
    for (let t = 0; t < 50_000; t++) {
      const name = `${half} ${t}`.padEnd(300, 'x')
      reader.push(Buffer.from(t % 5 === 0 ? `{"${name}\n` : `{"${name}":{}}\n`))
    }
    gc()
    return process.memoryUsage().heapUsed
  })
  assert.is(report.rejected, 20_000)
  // 40,000 names of 300 characters are 12 MB.
  assert.ok(used[1] - used[0] < 3 << 20, `${used[1] - used[0]} bytes`)
})

test.run()
