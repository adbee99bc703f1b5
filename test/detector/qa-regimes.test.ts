/** What comes and goes for ever is normal: it must not alarm for ever, nor must one burst be taken for it. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { uniforms } from '../../fixtures/random.ts'
import { Detector } from '../../pipeline/detector.ts'
import { Protection } from '../../pipeline/protection.ts'

/** How many of `count` records with this p-value are held back. */
function held(protection: Protection, count: number, p: number): number {
  let sum = 0
  for (let i = 0; i < count; i++) if (protection.judge(0, 0, p, false, () => {}) === 'hold') sum++
  return sum
}

test('bursts that come back use up one horizon, of which a tenth of the time between them is given back', () => {
  const protection = new Protection(1000, 1)
  held(protection, 500, 0.5)
  // Six alarms open the breaker; it closes 98 quiet records after a long burst, since 20 − .2 × 98 < .5.
  assert.is(held(protection, 600, 0.001), 595)
  held(protection, 98, 0.5)
  // 595 + 97 are used up, 1000 / 10 come back.
  held(protection, 1000, 0.5)
  const second = held(protection, 600, 0.001)
  assert.ok(Math.abs(second - (1000 - 595 - 97 + 100)) <= 2, `${second}`)
  // After ten times the horizon all of it is there again.
  held(protection, 10_200, 0.5)
  assert.is(held(protection, 600, 0.001), 595)
})

test('days and nights stop alarming', () => {
  const uniform = uniforms(4)
  const pick = (values: string) => values[Math.floor(uniform() * values.length)]
  const detector = new Detector({ why: 0 })
  const half = 3000
  const alarms = Array.from({ length: 12 }, (_, i) => {
    let sum = 0
    for (let at = 0; at < half; at++) {
      const record = { shift: pick(i % 2 === 0 ? 'ab' : 'yz'), line: pick('123') }
      if (detector.observe(record).anomaly) sum++
    }
    return sum
  })
  // Two thirds of the first night: the horizon. If every end of a night gave it back, of all nights.
  assert.ok(alarms[1] > 1900, `${alarms}`)
  const later = alarms.slice(4).reduce((sum, count) => sum + count, 0) / (8 * half)
  assert.ok(later < 0.15, `${alarms}`)
})

test('a lasting shift alarms for as many records as `protect` says, also when that is long', () => {
  const uniform = uniforms(6)
  for (const protect of [500, 5000]) {
    const detector = new Detector({ why: 0, protect })
    let alarms = 0
    for (let i = 0; i < 10_000; i++) {
      const shift = i < 2000 ? 0 : 100
      const { anomaly } = detector.observe({ a: uniform() + shift, b: uniform() + shift })
      if (i >= 2000 && anomaly) alarms++
    }
    // And one in a hundred of the rest, at most 75, with a few more while the new range is fitted.
    assert.ok(alarms > 0.95 * protect && alarms < protect + 200, `${protect}: ${alarms}`)
  }
})

test.run()
