/** The parts of the torture that judge: they find what is lost, what came twice, and what grows. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { compareOutputs } from '../bench/torture/compare.ts'
import { ScoreCount } from '../bench/torture/score-count.ts'
import { slopeOf } from '../bench/torture/slope.ts'
import { lines } from '../bench/torture/stream.ts'
import { readNdjson } from '../cli/io/ndjson.ts'

const test = suite<{ folder: string }>('torture')
test.before.each(context => {
  context.folder = mkdtempSync(join(tmpdir(), 'veto-torture-test-'))
})
test.after.each(({ folder }) => rmSync(folder, { recursive: true }))

test('records that are lost, come twice or differ are told apart, in NDJSON and in CSV', ({ folder }) => {
  const [expected, got] = [join(folder, 'expected'), join(folder, 'got')]
  const outputs: [wanted: string, found: string, lost: number, duplicated: number][] = [
    ['{"id":1,"a":2}\n{"id":2,"a":2}\n', '{"id":1,"a":2}\n{"id":2,"a":2}\n', 0, 0],
    ['{"id":1,"a":2}\n{"id":2,"a":2}\n', '{"id":2,"a":2}\n', 1, 0],
    ['{"id":1,"a":2}\n{"id":2,"a":2}\n', '{"id":1,"a":2}\n{"id":1,"a":2}\n{"id":2,"a":2}\n', 0, 1],
    ['id,a\n1,"x\nof 2"\n2,y\n', 'id,a\n2,y\n2,y\n2,y\n', 1, 2],
    ['{"id":1,"a":2}\n', '{"id":1,"a":3}\n', 0, 0],
  ]
  for (const [wanted, found, lost, duplicated] of outputs) {
    writeFileSync(expected, wanted)
    writeFileSync(got, found)
    const difference = compareOutputs(expected, got)
    assert.equal([difference.lost, difference.duplicated], [lost, duplicated])
    assert.is(difference.identical, wanted === found)
    assert.is(difference.where === '', wanted === found)
  }
  assert.is(compareOutputs(expected, join(folder, 'missing')).lost, 1)
})

test('a stream has every record once, lines that are none, and is the same for the same seed', () => {
  const text = [...lines('ndjson', 500, 1)].join('')
  assert.is(text, [...lines('ndjson', 500, 1)].join(''))
  assert.is.not(text, [...lines('ndjson', 500, 2)].join(''))
  const ids: unknown[] = []
  let rejected = 0
  const reader = readNdjson(
    {
      entry: ({ record }) => ids.push(record.id),
      reject: () => rejected++,
      remark() {},
      header() {},
    },
    1 << 20,
  )
  reader.push(Buffer.from(text))
  reader.end()
  assert.equal(
    ids,
    Array.from({ length: 500 }, (_, n) => n + 1),
  )
  assert.ok(rejected > 0)
  assert.match(text, /\r\n/)
  assert.match([...lines('csv', 500, 1)].join(''), /"[^"\n]*\nat main/)
})

test('scores are counted wherever the output is cut, and what is no number is none', () => {
  const scores = ['null', '1', '-0.5', '1.5e-7', 'NaN', '"1"']
  const text = scores.map((score, id) => `{"id":${id},"veto":{"score":${score},"p":null}}`).join('\n')
  for (let cut = 0; cut < text.length; cut += 7) {
    const count = new ScoreCount()
    count.take(Buffer.from(text.slice(0, cut)))
    count.take(Buffer.from(text.slice(cut)))
    count.end()
    assert.equal([count.records, count.missing], [6, 3])
  }
  const without = new ScoreCount()
  without.take(Buffer.from('{"id":1}\n{"id":2,"veto":{"score":1,"p":1}}\n'))
  assert.equal([without.records, without.missing], [2, 1])
})

test('the slope of a line and its standard error', () => {
  // By hand: 5.5 over 5; the residuals are −0.1, 0.8, −1.3 and 0.6, so the error is √(2.7 / 2 / 5).
  const { slope, error } = slopeOf([
    [0, 1],
    [1, 3],
    [2, 2],
    [3, 5],
  ])
  assert.ok(Math.abs(slope - 1.1) < 1e-12, String(slope))
  assert.ok(Math.abs(error - Math.sqrt(0.27)) < 1e-12, String(error))
  assert.ok(Number.isNaN(slopeOf([[0, 1]]).slope))
})

test.run()
