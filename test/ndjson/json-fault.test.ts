import * as fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { faultOf } from '../../pipeline/ndjson/json-fault.ts'

const faults: readonly [text: string, fault: string][] = [
  ['', 'expected a value, got the end of the line'],
  ['no record', 'expected a value, got n at character 1'],
  ['{broken', 'expected a name in double quotes, got b at character 2'],
  ['{"half":', 'expected a value, got the end of the line'],
  ['{"half"', 'expected :, got the end of the line'],
  ['{"ha', 'expected ", got the end of the line'],
  ['{"a":1', 'expected , or }, got the end of the line'],
  ['{"a":1}{', 'expected nothing more, got { at character 8'],
  ['{"a":1,}', 'expected a name in double quotes, got } at character 8'],
  ['{,', 'expected a name in double quotes, got , at character 2'],
  ['[1,]', 'expected a value, got ] at character 4'],
  ['[1 2]', 'expected , or ], got 2 at character 4'],
  ['[{"a":[1}]', 'expected , or ], got } at character 9'],
  ['{"a":NaN}', 'expected a value, got N at character 6'],
  ["{'a':1}", "expected a name in double quotes, got ' at character 2"],
  ['{"a":01}', 'expected , or }, got 1 at character 7'],
  ['{"a":-}', 'expected a digit, got } at character 7'],
  ['{"a":1.e3}', 'expected a digit, got e at character 8'],
  ['{"a":1e+}', 'expected a digit, got } at character 9'],
  ['{"a":"\t"}', 'expected control characters as escapes, got \t at character 7'],
  ['{"a":"\\x"}', 'expected an escape that JSON knows, got \\ at character 7'],
  ['{"a":"\\u12"}', 'expected an escape that JSON knows, got \\ at character 7'],
  ['{"a":1}\r{"a":2}', 'expected nothing more, got { at character 9'],
  ['["🙂",🙂]', 'expected a value, got 🙂 at character 7'],
]

test('a fault is what stands where something else was expected', () => {
  for (const [text, fault] of faults) assert.is(faultOf(text), fault)
})

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

const tokens = ['{', '}', '[', ']', ',', ':', '"', '"a"', '"\\n"', '\\', '1', '-', '.', '0', 'e5', 'E-']
const rough = fc
  .array(fc.oneof(fc.constantFrom(...tokens, 'true', 'null', 'nul', ' ', '\t', '\u00a0'), fc.string()), {
    maxLength: 12,
  })
  .map(parts => parts.join(''))

test('property: what the parser takes has no fault, and what it refuses has one', () => {
  fc.assert(
    fc.property(rough, text => {
      assert.is(faultOf(text) === undefined, isJson(text), text)
    }),
    { seed: 11, numRuns: 5000 },
  )
})

test('property: JSON with one character changed or cut away', () => {
  const changed = fc.tuple(fc.jsonValue(), fc.nat(), fc.constantFrom('', ...tokens))
  fc.assert(
    fc.property(changed, ([value, place, token]) => {
      const text = JSON.stringify(value)
      assert.is(faultOf(text), undefined)
      const at = place % text.length
      for (const broken of [text.slice(0, at) + token + text.slice(at + 1), text.slice(0, at)])
        assert.is(faultOf(broken) === undefined, isJson(broken), broken)
    }),
    { seed: 12, numRuns: 3000 },
  )
})

test('a million brackets or characters are no more than a long way', () => {
  assert.match(faultOf('['.repeat(1 << 20)) as string, /the end of the line/)
  assert.match(faultOf(`{"a":"${'x'.repeat(1 << 20)}`) as string, /expected ", got the end/)
})

test.run()
