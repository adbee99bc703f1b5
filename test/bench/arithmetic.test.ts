/** The arithmetic of the benchmark: what becomes of times that were measured. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { promises } from '../../bench/acceptance/kernels.ts'
import { size } from '../../bench/kernels/kernel.ts'
import { optionsOf } from '../../bench/kernels/options.ts'
import { table } from '../../bench/kernels/print.ts'
import { race } from '../../bench/kernels/race.ts'
import { inJson, type Result } from '../../bench/kernels/result.ts'
import { attained, growth, intensity, roof } from '../../bench/kernels/roofline.ts'
import { median, medianRatio } from '../../bench/kernels/statistics.ts'

const near = (got: number, expected: number) =>
  assert.ok(Math.abs(got - expected) < 1e-9, `${got}, not ${expected}`)

test('the median of an even count is between the two in the middle', () => {
  assert.is(median([3, 1, 2]), 2)
  assert.is(median([4, 1, 3, 2]), 2.5)
})

test('a ratio is the median of the ratios of a round: a slow second for both changes nothing', () => {
  assert.is(medianRatio([2, 20, 2], [1, 10, 1]), 2)
})

test('CD-1 of 100 × 50 weights in 2 µs: 4 multiply-adds a weight are 8 operations', () => {
  assert.is(attained({ perWeight: 4 }, size(100, 50), 2), 20_000)
})

test('operations for a byte: of a weight 4 bytes are read, and 4 written where it is learned', () => {
  assert.is(intensity({ perWeight: 4, sweeps: 2 }), 1)
  assert.is(intensity({ perWeight: 1, sweeps: 1 }), 0.5)
})

test('under the roof: first the memory is the limit, then the processor', () => {
  assert.is(roof(0.5, 60, 40), 20)
  assert.is(roof(4, 60, 40), 60)
})

test('growth is the power of D × H', () => {
  const sizes = ['64x16', '256x64', '1024x256']
  const timed = (power: number) => sizes.map((size, k) => ({ size, median: 3 * (1024 * 16 ** k) ** power }))
  near(growth(timed(1)), 1)
  near(growth(timed(1.5)), 1.5)
})

test('everyone takes as many turns, in turn', async () => {
  const order: string[] = []
  const contestant = (label: string, time: number) => ({
    label,
    async turn(_: number, count: number) {
      order.push(`${label} ${count}`)
      return time
    },
  })
  const [fast, slow] = [contestant('fast', 10), contestant('slow', 1000)]
  const times = await race([fast, slow], { rounds: 3, milliseconds: 1 })
  assert.equal(
    [...times.values()].map(list => list.length),
    [3, 3],
  )
  // A turn of 1 ms is a hundred of one and one of the other.
  assert.equal(order.slice(-6), ['fast 100', 'slow 1', 'fast 100', 'slow 1', 'fast 100', 'slow 1'])
})

const result: Result = {
  kernel: 'rbm/cd1',
  size: '784x500',
  node: 'v24.0.0',
  target: 'relaxed',
  median: 61.23456789,
  fastest: 60,
  rounds: 21,
  gigaflops: 51.2,
  ofPeak: 0.87,
  intensity: 1,
  steps: 1,
  rivals: { openblas: { version: 'gcc 12', median: 110, fastest: 108, times: 1.8 } },
  ceiling: {
    processor: 'a processor',
    gigaflops: 58.8,
    measuredBy: 'native',
    steadiness: 0.99,
    peaks: { native: 58.8 },
  },
}

test('a result is one line of JSON, with five digits a number', () => {
  const line = inJson(result)
  assert.not.match(line, /\n/)
  assert.equal(JSON.parse(line), { ...result, median: 61.235 })
})

test('a table has a line for each result, with the share of the peak and the rivals', () => {
  assert.is(
    table([result]).split('\n').at(-1),
    '| rbm/cd1 | v24.0.0 relaxed | 61.235 | 60.000 | 87 % | 1.00 | openblas 1.80 |',
  )
})

test('a table says when the machine was busy', () => {
  const disturbed = { ...result, ceiling: { ...result.ceiling, steadiness: 0.5 } }
  assert.match(table([disturbed]), /The machine was busy: the peak's median turn was 2.00 times its fastest/)
  assert.not.match(table([result]), /busy/)
})

test('a promise is kept by what was measured, and by nothing else', () => {
  const old: Result = { ...result, node: 'v20.1.0', target: 'plain', median: 90, rivals: {} }
  const findings = [...promises([old, result])]
  const figure = (what: string) => findings.find(finding => finding.what.startsWith(what))?.figure
  assert.is(figure('CD-1 at 784x500: share'), 0.87)
  assert.is(figure('CD-1 at 784x500: times as fast as openblas'), 1.8)
  near(figure('CD-1 at 784x500: Node 20 plain')!, 90 / 61.23456789)
  assert.ok(Number.isNaN(figure('CD-1 at 784x500: times as fast as sklearn')))
  assert.ok(Number.isNaN(figure('CD-1 at 64x32: share')))
  assert.ok(Number.isNaN(figure('rbm/pcd4: CD-1 steps')))
  assert.is(figure('the machine was at rest'), 0.99)
  assert.is(findings.filter(({ figure }) => !Number.isNaN(figure)).length, 4)
})

test('kernels are chosen by name or by a part of it, sizes where a kernel can have them', () => {
  const chosen = (...args: string[]) =>
    optionsOf(args).events.map(({ kernel, size }) => `${kernel.name} ${size.name}`)
  assert.equal(chosen('--kernel', 'rbm/cd1', '--size', '7x5'), ['rbm/cd1 7x5'])
  assert.equal(chosen('--kernel', 'frequency/'), ['frequency/learn 20x16', 'frequency/free-energies 20x16'])
})

test('wrong options are refused with what was expected', () => {
  assert.throws(() => optionsOf(['--size', '784']), /Expected a size as DxH, such as 784x500, got '784'/)
  assert.throws(() => optionsOf(['--kernel', 'none']), /Expected --kernel as a part of rbm\/cd1/)
  assert.throws(
    () => optionsOf(['--kernel', 'sparse', '--size', '7x5']),
    /size that one of these kernels has, got 7x5/,
  )
  assert.throws(() => optionsOf(['--publish', '--save', 'x']), /Expected --publish by itself/)
  assert.throws(() => optionsOf(['--rounds', '0']), /Expected --rounds as a whole number above 0, got '0'/)
})

test.run()
