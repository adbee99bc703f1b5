/** The samples of fixtures/bad/ and inputs too large to keep, through the real command line. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { root, veto } from './veto.ts'

const test = suite('bad input')

interface Sample {
  readonly file: string
  /** What is said on standard error, in order; the summary is last. */
  readonly messages: readonly RegExp[]
  /** What is left of the input, without what Veto adds. */
  readonly lines: readonly string[]
}

const samples: readonly Sample[] = [
  {
    file: 'lines.ndjson',
    messages: [
      /line 2: expected a JSON object, got broken JSON \(.*\): \{broken$/,
      /line 3: expected a JSON object, got a number: 42$/,
      /line 4: expected a JSON object, got a string: "text"$/,
      /line 5: expected a JSON object, got null: null$/,
      /line 6: expected a JSON object, got an array; write one object a line.*: \[1,2\]$/,
      /line 8: .*"place".* got an object/,
      /line 8: .*"tags".* got an array/,
      /line 9: .*broken JSON.* no NaN or Infinity.*: \{"reading":NaN,/,
      /line 10: .*"reading".* got Infinity/,
      /line 11: .* without the key 'veto'.* writing under 'veto__'/,
      /line 13: .*broken JSON.*: \{"reading":"a text\\u001b\[31m","unit":"K"$/,
      /: 6 records, 0 alarms, 7 rejected lines, 5 notices, /,
    ],
    lines: [
      '{"reading":1,"unit":"K"',
      '{"reading":2,"unit":"K","place":{"room":1},"tags":["a"]',
      '{"reading":1e999,"unit":"K"',
      '{"reading":3,"unit":"K","veto":"mine","veto_":"mine too"',
      '{"reading":4,"unit":"K","place":{"room":2}',
      '{"id":12345678901234567890,"reading":1.50,"unit":"K"',
    ],
  },
  {
    file: 'bytes.ndjson',
    messages: [
      /line 2: expected UTF-8 text, got other bytes: \{"reading":"�"\}$/,
      /line 3: expected text, got a NUL byte at byte 13: \{"reading":"\\u0000"\}$/,
      /line 4: .*\\r alone.*: \{"reading":2\}\\u000d\{"reading":3\}$/,
      /: 3 records, 0 alarms, 3 rejected lines, 0 notices, /,
    ],
    lines: ['{"reading":1', '{"reading":"€"', '{"reading":4'],
  },
  {
    file: 'array.json',
    messages: [
      /line 1: .*one object a line: jq -c '\.\[\]' .*: \[$/,
      /line 2: .*broken JSON/,
      /line 4: .*broken JSON/,
      /: 1 record, 0 alarms, 3 rejected lines/,
    ],
    lines: ['  {"reading": 2'],
  },
  {
    file: 'kinds.ndjson',
    messages: [
      /line 81: .*"level".* number, got "high"/,
      /: experts: prototype on 1 field .*frequency on 1 field .*rbm on 2 fields/,
      /: 120 records, .* 0 rejected lines, 40 notices/,
    ],
    lines: readFileSync(`${root}fixtures/bad/kinds.ndjson`, 'utf8').split('}\n').slice(0, -1),
  },
  {
    file: 'columns.csv',
    messages: [
      /line 1: .* got '' for column 3; reading it as 'column_3'$/,
      /line 1: .* got 'name' for column 4; reading it as 'name_2'$/,
      /line 3: expected 4 columns as in the header, got 2; the last 2 are taken as missing$/,
      /line 4: expected 4 columns as in the header, got 5: cid;3;x;y;z$/,
      /line 7: expected UTF-8 text/,
      /: 4 records, 0 alarms, 2 rejected lines, 3 notices/,
    ],
    lines: ['name;size;;name', 'ann;1;x;y', 'bob;2;;', '"dee ""d""";4;"x;y";z', 'eve;6;x;y'],
  },
  {
    file: 'quotes.csv',
    messages: [
      /line 4: .* got a stray quote: bob,"never closed$/,
      /line 7: .* got a stray quote: eve,"one "stray" quote"$/,
      /line 9: expected a closing quote, got none: gus,"open at the end$/,
      /: 5 records, 0 alarms, 3 rejected lines, 0 notices/,
    ],
    lines: [
      'name,note',
      'ann,"two',
      'lines"',
      'cid,fine',
      'dee,a stray "" is fine',
      'fay,"closed" ',
      'hal,last',
    ],
  },
]

for (const { file, messages, lines } of samples) {
  test(`${file}: each bad line is named with its reason, and the stream goes on`, async () => {
    const outcome = await veto(['score', '--strict', `fixtures/bad/${file}`])
    const said = outcome.messages.trimEnd().split('\n')
    assert.is(said.length, messages.length, outcome.messages)
    for (const [index, message] of messages.entries()) assert.match(said[index], message)
    const written = outcome.out.split(/\r?\n/).filter(line => line !== '')
    assert.is(written.length, lines.length, outcome.out)
    for (const [index, line] of lines.entries()) assert.ok(written[index].startsWith(line), written[index])
    assert.is(outcome.code, /\b0 rejected/.test(outcome.messages) ? 0 : 3)
  })
}

test('a CSV file of lines that end in carriage returns alone has no usable header', async () => {
  const { code, out, messages } = await veto(['score', 'fixtures/bad/returns.csv'])
  assert.equal([code, out], [3, ''])
  assert.match(messages, /^veto: line 1: cannot read the CSV header: .*tr '\\r' '\\n'/)
})

test('lines of 10 MB are passed over in bounded memory, and read where they are allowed', async () => {
  const long = Buffer.alloc(10 << 20, 'x')
  const record = (name: string) => Buffer.from(`{"name":"${name}"}\n`)
  const parts = [record('a'), Buffer.from('{"long":"'), long, Buffer.from('"}\n'), record('b')]
  const input = Buffer.concat(parts)
  const rejecting = await veto(['score'], input)
  assert.match(
    rejecting.messages,
    /^veto: line 2: expected at most 1048576 bytes, got 10485771 .*: \{"long":"x{51}…$/m,
  )
  assert.equal(
    rejecting.out
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line).name),
    ['a', 'b'],
  )
  const reading = await veto(['score', '--max-line', '11M'], input)
  assert.is(
    reading.out.length,
    input.length + 3 * ',"veto":{"score":null,"p":null,"anomaly":null,"why":[]}'.length,
  )
})

test('10,000 distinct categories are one field with a notice', async () => {
  const lines = Array.from({ length: 10_000 }, (_, index) => `{"id":"user ${index}","size":${index % 7}}\n`)
  const { code, out, messages } = await veto(['score', '--why', '1'], lines.join(''))
  assert.is(code, 0)
  assert.is(out.split('\n').length, 10_001)
  assert.match(messages, /"id".* categories/)
  assert.match(messages, /10,000 records, .* 0 rejected lines, \d notices?,/)
})

test('an empty stream, a missing file and a folder', async () => {
  assert.equal(await veto(['score', '--quiet']), { code: 0, out: '', messages: '' })
  const missing = await veto(['score', 'no/such.file'])
  assert.is(missing.code, 3)
  assert.is(
    missing.messages,
    'veto: expected a file of records, cannot read no/such.file: ENOENT: no such file or directory\n',
  )
  const folder = await veto(['score', 'fixtures'])
  assert.is(folder.code, 3)
  assert.match(folder.messages, /got the directory fixtures/)
})

test('truncated and foreign model files end with 4 and the reason', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'veto-bad-'))
  const model = join(folder, 'model')
  await veto(['learn', '--model', model, 'fixtures/requests.ndjson'])
  const bytes = readFileSync(model)
  writeFileSync(model, bytes.subarray(0, bytes.length / 2))
  for (const path of [model, 'fixtures/bad/foreign.safetensors', 'README.md']) {
    const { code, out, messages } = await veto(['score', '--model', path], '{"a":1}\n')
    assert.equal([code, out], [4, ''])
    assert.ok(messages.startsWith(`veto: ${path}: Expected `), messages)
  }
  assert.is(readFileSync(model).length, Math.floor(bytes.length / 2))
  rmSync(folder, { recursive: true })
})

test.run()
