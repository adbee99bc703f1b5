/** The free-energy gap: what it is, that it rises where examples are learned by heart, and that it is silent elsewhere. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { uniforms } from '../../fixtures/random.ts'
import { requests } from '../../fixtures/requests.ts'
import { Detector } from '../../pipeline/detector.ts'
import { rbm } from '../../pipeline/experts/rbm.ts'
import { freeEnergyGap } from '../../pipeline/likelihood/free-energy-gap.ts'
import { type OverfittingLook, OverfittingWatch } from '../../pipeline/likelihood/overfitting-watch.ts'
import type { DataRecord } from '../../pipeline/records.ts'
import { bits } from './machines.ts'

const WIDTH = 16
const machine = () => rbm.create(bits(WIDTH), { hidden: 32, learningRate: 0.05, learningRateDecay: 0 })

/** Coins, of which nothing can be learned but single rows. */
function coins(seed: number): () => Float32Array {
  const uniform = uniforms(seed)
  return () => Float32Array.from({ length: WIDTH }, () => Number(uniform() < 0.5))
}

test('is the difference of mean free energies, with its standard error', () => {
  const product = machine()
  const draw = coins(1)
  const [a, b, c] = [draw(), draw(), draw()]
  for (let n = 0; n < 500; n++) product.learnOne(a)
  const [fa, fb, fc] = [a, b, c].map(row => product.freeEnergy(row))
  const training = Float32Array.from([...a, ...b])
  const validation = Float32Array.from([...b, ...c, ...c])
  const { gap, standardError, ...means } = freeEnergyGap(product, training, validation)
  assert.is(means.training, (fa + fb) / 2)
  assert.is(means.validation, (fb + fc + fc) / 3)
  assert.is(gap, means.validation - means.training)
  // s² / n of both: (fa − fb)² / 4, and two thirds of the squared distance over two and three.
  const variance = (fa - fb) ** 2 / 4 + ((2 / 3) * (fb - fc) ** 2) / 2 / 3
  assert.ok(Math.abs(standardError ** 2 / variance - 1) < 1e-9)
  assert.throws(() => freeEnergyGap(product, training, new Float32Array(0)), /rows of both kinds/)
  assert.throws(() => freeEnergyGap(product, training, Float32Array.of(1)), RangeError)
  product.release()
})

/** All looks of a watch over so many examples. */
function looksOf<T>(watch: OverfittingWatch<T>, next: (n: number) => T, count: number): OverfittingLook[] {
  const looks = new Set<OverfittingLook>()
  for (let n = 0; n < count; n++) {
    watch.learnOne(next(n))
    if (watch.look) looks.add(watch.look)
  }
  return [...looks]
}

test('rises over passes through the same rows, and not over rows that never come again', () => {
  const draw = coins(2)
  const rows = Array.from({ length: 200 }, draw)
  const [repeated, fresh] = [machine(), machine()]
  const options = { every: 10, pairs: 100 }
  const passes = looksOf(new OverfittingWatch(repeated, options), n => rows[n % 200], 40_000)
  const once = looksOf(new OverfittingWatch(fresh, options), draw, 40_000)
  assert.is(passes.length, 40)
  assert.not(passes[0].overfitting)
  assert.ok(passes.at(-1)?.overfitting, 'by heart')
  assert.ok((passes.at(-1)?.gap ?? 0) > 1)
  assert.ok(once.every(({ overfitting }) => !overfitting))
  assert.ok(Math.abs(once.at(-1)?.gap ?? 1) < 0.1)
  repeated.release()
  fresh.release()
})

test('learns all but every n-th example, and compares those with the ones before them', () => {
  const draw = coins(3)
  const rows = Array.from({ length: 32 }, draw)
  const [watched, straight] = [machine(), machine()]
  const watch = new OverfittingWatch(watched, { every: 4, pairs: 8 })
  const buffer = new Float32Array(WIDTH)
  const learned = rows.map(row => {
    // A reader may use one array for all rows.
    buffer.set(row)
    return watch.learnOne(buffer)
  })
  assert.equal(
    learned,
    rows.map((_, n) => n % 4 !== 3),
  )
  for (const [n, row] of rows.entries()) if (learned[n]) straight.learnOne(row)
  const [held, before] = [3, 2].map(first => rows.filter((_, n) => n % 4 === first))
  const mean = (all: Float32Array[]) =>
    all.reduce((sum, row) => sum + straight.freeEnergy(row), 0) / all.length
  const { look } = watch
  assert.is(look?.examples, 32)
  assert.ok(Math.abs((look?.gap ?? 0) - (mean(held) - mean(before))) < 1e-5)
  watched.release()
  straight.release()
})

test('watches a detector, by its scores', () => {
  const detector = new Detector()
  const watch = new OverfittingWatch<DataRecord>(detector, { every: 5, pairs: 40 })
  for (const record of requests(500, 3)) watch.learnOne(record as unknown as DataRecord)
  assert.is(detector.learned, 400)
  assert.ok(Number.isFinite(watch.look?.gap))
  assert.not(watch.look?.overfitting)
  detector.release()
})

test('refuses what it cannot watch', () => {
  const product = machine()
  // @ts-expect-error learns nothing
  assert.throws(() => new OverfittingWatch({ freeEnergy: () => 0 }), TypeError)
  // @ts-expect-error nothing at all
  assert.throws(() => new OverfittingWatch(null), TypeError)
  assert.throws(() => new OverfittingWatch(product, { every: 1 }), /every .* from 2/)
  assert.throws(() => new OverfittingWatch(product, { pairs: 2.5 }), /pairs .* from 8/)
  product.release()
})

test.run()
