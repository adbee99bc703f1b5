import { from, lastValueFrom, toArray } from 'rxjs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { requests } from '../../fixtures/requests.ts'
import { Detector } from '../../pipeline/detector.ts'
import { rbm } from '../../pipeline/experts/rbm.ts'
import { LogPartitionTrack } from '../../pipeline/likelihood/log-partition-track.ts'
import { denoise } from '../../pipeline/operators/denoise.ts'
import { detect } from '../../pipeline/operators/detect.ts'
import { features } from '../../pipeline/operators/features.ts'
import { learn } from '../../pipeline/operators/learn.ts'
import { logLikelihood } from '../../pipeline/operators/log-likelihood.ts'
import { score } from '../../pipeline/operators/score.ts'
import { watchOverfitting } from '../../pipeline/operators/watch-overfitting.ts'
import type { DataRecord } from '../../pipeline/records.ts'
import { sameBytes } from '../detector/streams.ts'
import { testStreams } from './streams.ts'

const records = [...requests(200, 3)] as unknown as DataRecord[]
const rows = Array.from({ length: 20 }, (_, i) => Float32Array.from({ length: 4 }, (_, k) => (i >> k) & 1))

/** A detector that has learned the first hundred records. */
function experienced(): Detector {
  const detector = new Detector()
  for (const record of records.slice(0, 100)) detector.learnOne(record)
  return detector
}

const machine = () => rbm.create([{ kind: 'bernoulli', size: 4 }], { hidden: 3 })

testStreams('detect', () => detect(experienced()), records)
testStreams('score', () => score(experienced()), records)
testStreams('learn', () => learn(experienced()), records)
testStreams('denoise', () => denoise(experienced()), records)
testStreams('features', () => features(experienced()), records)
testStreams('score of a product', () => score(machine()), rows)
testStreams('learn by a product', () => learn(machine()), rows)
testStreams('denoise by a product', () => denoise(machine()), rows)
testStreams('features of a product', () => features(machine()), rows)
testStreams('log-likelihood', () => logLikelihood(new LogPartitionTrack(machine(), 4), {}), rows)
testStreams('watching for overfitting', () => watchOverfitting(experienced()), records)
testStreams('watching a product for overfitting', () => watchOverfitting(machine()), rows)

const all = <T>(source: import('rxjs').Observable<T>) => lastValueFrom(source.pipe(toArray()))

test('detect gives each record with its verdict, in order, and learns', async () => {
  const [straight, streaming] = [new Detector(), new Detector()]
  const expected = records.map(record => ({ record, ...straight.observe(record) }))
  assert.equal(await all(from(records).pipe(detect(streaming))), expected)
  sameBytes(streaming.save(), straight.save())
})

test('score gives each record with its verdict and learns nothing', async () => {
  const detector = experienced()
  const before = detector.save()
  const expected = records.map(record => ({ record, ...detector.scoreOne(record) }))
  assert.equal(await all(from(records).pipe(score(detector))), expected)
  sameBytes(detector.save(), before)
})

test('learn passes records on as they are, after learning them', async () => {
  const [straight, streaming] = [new Detector(), new Detector()]
  for (const record of records) straight.learnOne(record)
  const passed = await all(from(records).pipe(learn(streaming)))
  assert.ok(passed.every((record, i) => record === records[i]))
  sameBytes(streaming.save(), straight.save())
})

test('watching for overfitting passes examples on, most of them learned', async () => {
  const detector = new Detector()
  const out = await all(from(records).pipe(watchOverfitting(detector, { every: 5, pairs: 8 })))
  assert.equal(
    out.map(({ example }) => example),
    records,
  )
  assert.is(out.filter(({ learned }) => learned).length, detector.learned)
  assert.is(
    out.findIndex(({ look }) => look !== null),
    39,
  )
})

test('denoise gives cleaned records and what was changed', async () => {
  const detector = experienced()
  const gaps = records.slice(100, 110).map(record => ({ ...record, bytes: null }))
  const out = await all(from(gaps).pipe(denoise(detector)))
  assert.equal(
    out,
    gaps.map(record => detector.denoiseOne(record)),
  )
  assert.ok(out.every(({ record }) => typeof record.bytes === 'number'))
})

test('features are those of the detector', async () => {
  const detector = experienced()
  const out = await all(from(records).pipe(features(detector)))
  assert.equal(
    out,
    records.map(record => detector.transformOne(record)),
  )
})

test('a product takes rows and gives energies, reconstructions and features', async () => {
  const product = machine()
  await all(from(rows).pipe(learn(product)))
  assert.equal(
    await all(from(rows).pipe(score(product))),
    rows.map(row => product.freeEnergy(row)),
  )
  assert.equal(
    await all(from(rows).pipe(denoise(product))),
    rows.map(row => product.reconstruct(row)),
  )
  assert.equal(
    await all(from(rows).pipe(features(product))),
    rows.map(row => product.transformOne(row)),
  )
})

test.run()
