/** The rival of learning one example at a time learns what there is to learn, so that it is no straw man. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { MiniBatch } from '../../bench/learning/mini-batch.ts'
import { falling } from '../../bench/learning/presentations.ts'
import { uniforms } from '../../fixtures/random.ts'
import { logLikelihood } from '../reference/likelihood.ts'

/** Four patterns of eight units; each is shown as often. */
const PATTERNS = ['11110000', '00001111', '11001100', '11111111'].map(bits => Array.from(bits, Number))
/** No model knows more than which pattern it is not: −log 4. */
const BEST = -Math.log(4)
const MEANS = Float64Array.from(PATTERNS[0], (_, i) => PATTERNS.reduce((sum, row) => sum + row[i], 0) / 4)
const BATCH = 20

function learned(options: { centred: boolean; averaged?: boolean; fromData?: boolean }): number {
  const uniform = uniforms(2)
  // Means of 0 and 1 have no logit.
  const means = MEANS.map(mean => 0.02 + 0.96 * mean)
  const machine = new MiniBatch(means, {
    ...options,
    hidden: 4,
    batch: BATCH,
    rate: falling(0.3, 5000),
    seed: 1,
  })
  for (let n = 0; n < 2000; n++) {
    const rows = Array.from({ length: BATCH }, () => PATTERNS[Math.floor(4 * uniform())]).flat()
    machine.learn(Float32Array.from(rows))
  }
  const { w, b, c } = machine.parameters()
  return logLikelihood(Float32Array.from(PATTERNS.flat()), w, b, c)
}

const averaged = learned({ centred: true, averaged: true })

test('persistent chains, centred and averaged: nearly as well as can be', () => {
  // −1.60 to −1.62 for several seeds; a machine without weights has −5.
  assert.ok(averaged < BEST && averaged > BEST - 0.4, `${averaged} of ${BEST}`)
})

for (const [name, options] of [
  ['the last parameters', { centred: true }],
  ['not centred', { centred: false }],
  ['CD-1', { centred: true, fromData: true }],
] as const) {
  test(`${name}: worse, and far better than nothing`, () => {
    const nats = learned(options)
    assert.ok(nats < averaged && nats > -4.2, `${nats}, averaged ${averaged}`)
  })
}

test.run()
