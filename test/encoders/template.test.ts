import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { template } from '../../pipeline/encoders/template.ts'

const lines = (count: number, from = 0) =>
  Array.from({ length: count }, (_, i) =>
    i % 3 === 0
      ? `Accepted password for root from 10.0.0.${from + i}`
      : `Connection closed by 10.0.1.${from + i}`,
  )

const stateOf = (encoder: ReturnType<typeof template.fit>, value: unknown) => {
  const row = Float32Array.of(Number.NaN)
  assert.is(encoder.encode(value, row, 0), 'present')
  return { state: row[0], other: encoder.isOther?.(row, 0) }
}

test('texts that one statement printed have one state, whatever their numbers', () => {
  const encoder = template.fit(lines(60))
  const states = lines(60, 100).map(line => stateOf(encoder, line))
  assert.is(new Set(states.map(({ state }) => state)).size, 2)
  assert.ok(states.every(({ other }) => !other))
  assert.ok(stateOf(encoder, 'Accepted password for nobody from 10.0.0.1').other)
})

test('a template becomes known by being learned twice, and is told by its words', () => {
  const encoder = template.fit(lines(60))
  assert.is(encoder.admit('Disk 7 is full'), 'unchanged')
  assert.is(encoder.admit('Disk 12 is full'), 'admitted')
  const { state, other } = stateOf(encoder, 'disk 99 is FULL')
  assert.not(other)
  const likely = new Float32Array(encoder.group.size).fill(0.01)
  likely[state] = 0.9
  assert.is(encoder.expected(likely), 'disk # is full')
  assert.is(encoder.read('Disk 5 is full'), 'disk # is full')
  assert.equal([encoder.kind, encoder.encoding, encoder.partial], ['text', 'template', true])
})

test('an encoder is rebuilt from its state', () => {
  const encoder = template.fit(lines(60))
  const again = template.restore(JSON.parse(JSON.stringify(encoder.state())))
  assert.equal(again.state(), encoder.state())
  for (const line of [...lines(9), 'something new'])
    assert.equal(stateOf(again, line), stateOf(encoder, line))
})

test('what is no text is left out, and a text without words is one like any other', () => {
  const encoder = template.fit(lines(9))
  const row = Float32Array.of(Number.NaN)
  assert.equal(
    [null, '', {}, Number.NaN, () => 1].map(value => encoder.encode(value, row, 0)),
    ['missing', 'missing', 'nested', 'non-finite', 'kind'],
  )
  assert.ok(Number.isNaN(row[0]))
  assert.is(encoder.encode('---', row, 0), 'present')
})

test.run()
