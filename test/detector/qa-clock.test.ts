/** Regular timestamps: that time goes on is no anomaly. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { uniforms } from '../../fixtures/random.ts'
import { Detector } from '../../pipeline/detector.ts'

test('a log whose hours and days are new all the time alarms as often as was asked for', () => {
  const uniform = uniforms(8)
  const pick = (values: readonly string[]) => values[Math.floor(uniform() * values.length)]
  const detector = new Detector({ why: 0 })
  let alarms = 0
  const count = 6000
  // One every ten seconds: sixteen hours. With a state for every hour a quarter of them alarmed.
  for (let i = 0; i < count; i++) {
    const record = {
      time: new Date(Date.UTC(2026, 10, 21, 12) + 1e4 * i).toISOString(),
      level: pick(['info', 'info', 'info', 'warning']),
      host: pick(['ada', 'bea', 'cyd']),
    }
    if (detector.observe(record).anomaly) alarms++
  }
  // Ties of few different records keep them below alpha; at .01 their number exceeds 60 + 3 · √60 once in 700 seeds.
  assert.ok(alarms <= 60 + 3 * Math.sqrt(60), `${alarms} alarms among ${count} records`)
})

test.run()
