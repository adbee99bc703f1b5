/** log Z followed through learning, beside its exact value at every stage, for every family that has both. */
import { from, lastValueFrom, toArray } from 'rxjs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { uniforms } from '../../fixtures/random.ts'
import type { Family, FamilyOptions, Product, VisibleGroup } from '../../pipeline/experts/product.ts'
import {
  estimateLogPartition,
  exactLogPartition,
  gaussian,
  hmm,
  LogPartitionTrack,
  logLikelihood,
  mixture,
  prototype,
  rbm,
  student,
  tokens,
} from '../../pipeline/index.ts'
import { bits } from './machines.ts'

const reals: VisibleGroup[] = [{ kind: 'real', size: 3 }]

/** Two kinds of rows with noise: bits that agree, numbers around one of two places. */
function draws(visible: readonly VisibleGroup[], seed: number): () => Float32Array {
  const uniform = uniforms(seed)
  const normal = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform())
  return () => {
    const kind = uniform() < 0.4
    return Float32Array.from(
      visible.flatMap(({ kind: unit, size }) => {
        if (unit === 'real')
          return Array.from({ length: size }, (_, i) => (kind ? 1 : -1) + normal() / (1 + i))
        if (unit === 'index') return [Math.floor((kind ? 0.5 : 1) * uniform() * size)]
        return Array.from({ length: size }, (_, i) => Number(uniform() < (kind === i % 2 > 0 ? 0.85 : 0.2)))
      }),
    )
  }
}

const symbols: VisibleGroup[] = Array.from({ length: 4 }, () => ({ kind: 'index', size: 3 }))
const subjects: readonly (readonly [string, Family, readonly VisibleGroup[], FamilyOptions])[] = [
  ['bits', rbm, bits(12), { hidden: 8 }],
  [
    'bits and numbers',
    rbm,
    [...bits(4), ...reals],
    { hidden: 5, persistentChains: 0, averaging: false, learningRate: 0.05 },
  ],
  ['gaussian', gaussian, reals, {}],
  ['mixture', mixture, reals, { experts: 3, components: 3 }],
  ['student', student, reals, { experts: 3, vague: 0 }],
  ['hidden Markov models', hmm, symbols, { experts: 2, states: 3, learningRate: 0.05 }],
]

for (const [name, family, visible, options] of subjects) {
  test(`${name}: within its error of the exact value`, () => {
    const product = family.create(visible, options)
    const draw = draws(visible, 1)
    product.initialise(Float32Array.from(Array.from({ length: 50 }, draw).flatMap(row => [...row])))
    const start = exactLogPartition(product)
    const track = new LogPartitionTrack(product, start, { chains: 256 })
    let most = 0
    for (let n = 1; n <= 2000; n++) {
      product.learnOne(draw())
      if (n % 5 === 0) track.update()
      if (n % 400 !== 0) continue
      const exact = exactLogPartition(product)
      most = Math.max(most, Math.abs(exact - start))
      // A t distribution with 7 degrees of freedom is beyond 6 once in 2,000 times. Energies are float32: 1e-6 at each
      // of up to 400 updates.
      const error = Math.abs(track.logPartition - exact)
      assert.ok(error < 6 * track.standardError + 1e-4, `${n}: off by ${error}, ± ${track.standardError}`)
      assert.ok(error < 0.6, `${n}: off by ${error}`)
    }
    // There was something to follow.
    assert.ok(most > 0.2, `${most}`)
    assert.is(track.updates, 400)
    product.release()
  })
}

/** A machine, and one like it with the weights `by` times as large. */
function strengthen(product: Product, by: number): void {
  const tensors = product.tensors()
  for (const name of ['experts.w', 'experts.b', 'experts.c']) {
    const { data } = tensors[name]
    for (let i = 0; i < data.length; i++) data[i] *= by
  }
  product.restore(tensors)
}

const machine = () => rbm.create(bits(30), { hidden: 10, weightScale: 0.2, averaging: false })

test('nothing changes where nothing is learned, and the same seed says the same', () => {
  const product = machine()
  const exact = exactLogPartition(product)
  const track = new LogPartitionTrack(product, exact)
  track.update()
  assert.is(track.logPartition, exact)
  assert.is(track.standardError, 0)
  assert.is(track.effectiveSampleSize, 512)
  const [first, again, other] = [1, 1, 2].map(seed => new LogPartitionTrack(product, exact, { seed }))
  strengthen(product, 1.05)
  for (const each of [first, again, other]) each.update()
  assert.is(first.logPartition, again.logPartition)
  assert.not(first.logPartition === other.logPartition)
  product.release()
})

test('a leap is too far for it: it says so, and goes on from a new anchor', async () => {
  const product = machine()
  const track = new LogPartitionTrack(product, exactLogPartition(product))
  assert.not(track.needsAnchor)
  strengthen(product, 30)
  track.update()
  assert.ok(track.needsAnchor)
  const estimate = await estimateLogPartition(product, { temperatures: 2000 })
  track.anchor(estimate)
  assert.not(track.needsAnchor)
  assert.is(track.updates, 0)
  assert.is(track.logPartition, estimate.logPartition)
  assert.ok(Math.abs(track.standardError - (estimate.high - estimate.low) / 6) < 1e-9)
  strengthen(product, 0.99)
  track.update()
  const error = Math.abs(track.logPartition - exactLogPartition(product))
  assert.ok(error < 6 * track.standardError, `${error}, ± ${track.standardError}`)
  product.release()
})

test('the operator: each row before it is learned, in nats or bits, log Z followed', async () => {
  const visible = bits(10)
  const draw = draws(visible, 3)
  const rows = Array.from({ length: 60 }, draw)
  const [product, alike] = [0, 1].map(() => rbm.create(visible, { hidden: 4, learningRate: 0.1 }))
  const options = { learn: product, every: 10 }
  const found = await lastValueFrom(
    from(rows).pipe(
      logLikelihood(new LogPartitionTrack(product, exactLogPartition(product)), options),
      toArray(),
    ),
  )
  for (const [n, { row, logLikelihood, standardError }] of found.entries()) {
    assert.is(row, rows[n])
    const exact = -alike.freeEnergy(row) - exactLogPartition(alike)
    // Up to nine rows lie between the parameters and log Z: some hundredths of a nat.
    assert.ok(Math.abs(logLikelihood - exact) < 6 * standardError + 0.2, `${n}: ${logLikelihood}, ${exact}`)
    alike.learnOne(row)
  }
  assert.equal(product.tensors(), alike.tensors())
  const track = new LogPartitionTrack(product, exactLogPartition(product))
  const [nats, inBits] = await Promise.all(
    (['nats', 'bits'] as const).map(unit =>
      lastValueFrom(from(rows).pipe(logLikelihood(track, { unit, every: 1000 }), toArray())),
    ),
  )
  assert.is(inBits[7].logLikelihood, nats[7].logLikelihood / Math.LN2)
  product.release()
  alike.release()
})

test('refuses what it cannot follow', () => {
  const product = machine()
  const exact = exactLogPartition(product)
  const refused = (make: () => unknown, kind: typeof Error, said: RegExp) =>
    assert.throws(make, (error: Error) => error instanceof kind && said.test(error.message))
  const still = prototype.create(reals)
  refused(() => new LogPartitionTrack(still, 0), TypeError, /chains can be moved.*got 'prototype'/)
  const texts = tokens.create([{ kind: 'tokens', size: 8 }])
  refused(() => new LogPartitionTrack(texts, 0), TypeError, /got 'tokens'/)
  const strings = hmm.create([{ kind: 'sequence', size: 4 }])
  refused(() => new LogPartitionTrack(strings, 0), TypeError, /rows of one length.*sequence/)
  refused(() => new LogPartitionTrack(product, Number.NaN), TypeError, /log Z as a finite number/)
  // @ts-expect-error nothing at all
  refused(() => new LogPartitionTrack(product), TypeError, /log Z as a finite number/)
  // @ts-expect-error bounds without samples
  refused(() => new LogPartitionTrack(product, { logPartition: 1, low: 0, high: 2 }), TypeError, /log Z as/)
  refused(() => new LogPartitionTrack(product, exact, { groups: 2 }), RangeError, /groups .* from 4/)
  refused(() => new LogPartitionTrack(product, exact, { chains: 8 }), RangeError, /chains .* from 16/)
  refused(() => new LogPartitionTrack(product, exact, { chains: 20 }), RangeError, /multiple of 8/)
  const track = new LogPartitionTrack(product, exact)
  refused(() => track.logLikelihood(new Float32Array(30).fill(Number.NaN)), RangeError, /complete row/)
  refused(() => track.logLikelihood(new Float32Array(11)), RangeError, /30 values/)
  refused(() => logLikelihood(track, { every: 0 }), RangeError, /every/)
  // @ts-expect-error another unit
  refused(() => logLikelihood(track, { unit: 'hartleys' }), RangeError, /unit/)
  for (const each of [product, still, texts, strings]) each.release()
})

test.run()
