/** As many normal records alarm as alpha says. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { uniforms } from '../../fixtures/random.ts'
import { Detector } from '../../pipeline/detector.ts'
import { normals } from './streams.ts'

for (const experts of ['auto', 'rbm']) {
  test(`${experts}: streams of few different records keep the promise, too`, () => {
    const streams: Record<string, (uniform: () => number) => object> = {
      constant: () => ({ a: 5, b: 'x', c: true }),
      status: uniform => ({
        status: uniform() < 0.001 ? 500 : 200,
        method: uniform() < 0.3 ? 'POST' : 'GET',
      }),
      'three numbers': uniform => ({ a: Math.floor(3 * uniform()) }),
      // A third of the stream with a score of its own, which is no burst.
      'one category': uniform => ({ a: uniform() < 0.3 ? 'x' : 'y' }),
      'one boolean': uniform => ({ a: uniform() < 0.1 }),
    }
    for (const [name, next] of Object.entries(streams)) {
      const uniform = uniforms(2)
      const detector = new Detector({ why: 0, experts })
      let judged = 0
      let alarms = 0
      for (let i = 0; i < 10_000; i++) {
        const { anomaly } = detector.observe({ ...next(uniform) })
        if (anomaly !== null) judged++
        if (anomaly) alarms++
      }
      // alpha is .01; four standard deviations of a share of 10,000 are .004.
      assert.ok(alarms / judged < 0.014, `${name}: ${alarms} of ${judged}`)
      // Each fit of the settling phase moves all scores a little; the first record after it may stand out.
      if (name === 'constant') assert.ok(alarms <= 3, `${alarms}`)
    }
  })
}

for (const [experts, protect] of [
  ['auto', 2000],
  ['auto', 0],
  ['rbm', 2000],
  ['prototype', 2000],
] as const) {
  test(`${experts}, protect ${protect}: about a share alpha of normal records alarm`, () => {
    const uniform = uniforms(6)
    const normal = normals(uniform)
    const detector = new Detector({ why: 0, alpha: 0.02, experts, protect })
    let alarms = 0
    const count = 12_000
    for (let i = 0; i < count + 2000; i++) {
      const x = normal()
      const { anomaly } = detector.observe({
        x,
        y: x + normal(),
        color: ['red', 'green', 'blue'][Math.floor(uniform() * 3)],
      })
      if (i >= 2000 && anomaly) alarms++
    }
    // Four standard deviations of the count, and of the rank in a window of 1024 renewed 12 times.
    const noise = 4 * Math.sqrt((0.02 * 0.98) / count) + 4 * Math.sqrt((0.02 * 0.98) / 1024 / 12)
    assert.ok(Math.abs(alarms / count - 0.02) < noise, `${alarms / count}`)
  })
}

test.run()
