import { Command, InvalidArgumentError } from 'commander'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  byteCount,
  familyOptions,
  fieldKinds,
  fieldNames,
  fieldUnits,
  fileName,
  outputKey,
  probability,
  wholeNumber,
} from '../../cli/flag-values.ts'
import { commonFlags, outputFlags } from '../../cli/options.ts'

const refuses = (parse: (text: string) => unknown, texts: readonly string[]) => {
  for (const text of texts) {
    assert.throws(
      () => parse(text),
      (error: Error) => error instanceof InvalidArgumentError && /^Expected .*, got '/.test(error.message),
      text,
    )
  }
}

test('whole numbers within bounds', () => {
  const parse = wholeNumber(1, 100)
  assert.equal(['1', '100', '007'].map(parse), [1, 100, 7])
  refuses(parse, ['0', '101', '-1', '1.5', '1e1', '0x10', '', ' 1', 'x', 'NaN'])
})

test('probabilities', () => {
  assert.equal(['0.01', '1e-3', '.5'].map(probability), [0.01, 0.001, 0.5])
  refuses(probability, ['0', '1', '-0.1', '', ' ', 'x', 'NaN'])
})

test('byte counts with units', () => {
  assert.equal(['100', '64k', '4M'].map(byteCount), [100, 65536, 4 << 20])
  refuses(byteCount, ['0', '1G', '257M', '1.5M', '-1', '', 'M', '4MB'])
})

test('names and kinds of fields, quoted where they hold a comma', () => {
  assert.equal(fieldNames('a,b c'), ['a', 'b c'])
  assert.equal(fieldNames('"a,b",c', ['z']), ['z', 'a,b', 'c'])
  refuses(fieldNames, ['', 'a,,b', ','])
  assert.equal(fieldKinds('a=number,b=c=category', { z: 'boolean' }), {
    z: 'boolean',
    a: 'number',
    'b=c': 'category',
  })
  assert.equal(fieldKinds('a=text,b=timestamp'), { a: 'text', b: 'timestamp' })
  refuses(fieldKinds, ['a', '=number', 'a=prose', 'a=number,b'])
})

test('units, for all numbers or by field', () => {
  assert.is(fieldUnits('gaussian'), 'gaussian')
  assert.equal(fieldUnits('a=bins,b=c=binomial', { z: 'gaussian' }), {
    z: 'gaussian',
    a: 'bins',
    'b=c': 'binomial',
  })
  refuses(fieldUnits, ['', 'real', 'a', '=bins', 'a=real', 'a=bins,gaussian'])
  refuses(text => fieldUnits(text, 'bins'), ['a=gaussian', 'gaussian'])
  refuses(text => fieldUnits(text, { a: 'bins' }), ['gaussian'])
})

test('options of the experts: numbers, truth values, texts', () => {
  assert.equal(familyOptions('learningRate=1e-3,centering=false,name=a=b', { cdSteps: 5 }), {
    cdSteps: 5,
    learningRate: 0.001,
    centering: false,
    name: 'a=b',
  })
  refuses(familyOptions, ['', 'a', 'a=', '=1', 'a=1,b'])
})

test('a key', () => {
  assert.is(outputKey('is it odd?'), 'is it odd?')
  refuses(outputKey, [''])
  assert.is(fileName('-'), '-')
  refuses(fileName, [''])
})

test('flags that were not given are absent, so that those of a model file count', () => {
  const flags = (args: string[], declare = outputFlags) =>
    declare(new Command().exitOverride()).parse(args, { from: 'user' }).opts()
  const standard = { format: 'auto', maxLine: 1 << 20, color: true, as: 'veto', checkpointSeconds: 30 }
  assert.equal(flags([]), standard)
  assert.equal(flags(['-', '-m', 'x', '--no-color', '--ignore', 'a', '--ignore', 'b'], commonFlags), {
    format: 'auto',
    maxLine: 1 << 20,
    color: false,
    model: 'x',
    ignore: ['a', 'b'],
  })
})

test.run()
