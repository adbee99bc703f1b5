import * as fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { uniforms } from '../../fixtures/random.ts'
import { Calibrator, LEAST_SCORES, WINDOW } from '../../pipeline/calibration/calibrator.ts'

/** Scores of a stream whose records are exchangeable, by the inverse of their distribution. */
function stream(seed: number, inverse: (p: number) => number): () => number {
  const uniform = uniforms(seed)
  return () => inverse(1 - uniform())
}

/** The share of scores with p < alpha for each alpha, each score judged before it is remembered. */
function alarmRates(next: () => number, count: number, alphas: readonly number[]): number[] {
  const calibrator = new Calibrator()
  for (let i = 0; i < WINDOW; i++) calibrator.add(next())
  const alarms = alphas.map(() => 0)
  for (let i = 0; i < count; i++) {
    const score = next()
    const p = calibrator.pValue(score) as number
    for (const [k, alpha] of alphas.entries()) if (p < alpha) alarms[k]++
    calibrator.add(score)
  }
  return alarms.map(alarm => alarm / count)
}

const distributions: Readonly<Record<string, (p: number) => number>> = {
  // Over 100 nats: what differs by less than TIE counts as equal.
  uniform: p => 100 * p,
  exponential: p => -Math.log(p),
  'heavy-tailed (Pareto, shape 0.5)': p => p ** -0.5,
  'rounded to few values': p => Math.floor(-2 * Math.log(p)),
}

for (const [name, inverse] of Object.entries(distributions)) {
  test(`alarms on a share of at most alpha of exchangeable scores: ${name}`, () => {
    const count = 40_000
    const alphas = [0.05, 0.01]
    const rates = alarmRates(stream(1, inverse), count, alphas)
    for (const [k, alpha] of alphas.entries()) {
      // Four standard deviations of a share of 40,000, and as much again for the window that scores have in common:
      // its rank at alpha varies by sqrt(alpha (1 − alpha) / 1024), averaged over 40 windows.
      const noise =
        4 * Math.sqrt((alpha * (1 - alpha)) / count) + 4 * Math.sqrt((alpha * (1 - alpha)) / 1024 / 40)
      assert.ok(rates[k] <= alpha + noise, `${rates[k]} at ${alpha}`)
      // Without ties the bound is met from below within 1 / (R + 1).
      if (!name.startsWith('rounded'))
        assert.ok(rates[k] >= alpha - 1 / WINDOW - noise, `${rates[k]} at ${alpha}`)
    }
  })
}

test('below its resolution the window is continued by a tail of the right order', () => {
  for (const name of ['exponential', 'heavy-tailed (Pareto, shape 0.5)']) {
    const [rate] = alarmRates(stream(3, distributions[name]), 100_000, [0.0003])
    // Indicative: within a factor of three.
    assert.ok(rate > 0.0001 && rate < 0.0009, `${name}: ${rate}`)
  }
})

test('differences that are no news are ties: a score a hair above all others is not rare', () => {
  const calibrator = new Calibrator()
  for (let i = 0; i < WINDOW; i++) calibrator.add(i * 1e-5)
  assert.is(calibrator.pValue(0.011), 1)
  assert.ok((calibrator.pValue(1) as number) < 1e-3)
})

test('extrapolation ends at one in a million', () => {
  const calibrator = new Calibrator()
  for (let i = 0; i < WINDOW; i++) calibrator.add(i / WINDOW)
  assert.is(calibrator.pValue(1e6), 1e-6)
})

test('a higher score never has a higher p-value', () => {
  const score = fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 })
  fc.assert(
    fc.property(
      fc.array(score, { minLength: LEAST_SCORES, maxLength: 300 }),
      score,
      score,
      (scores, a, b) => {
        const calibrator = new Calibrator(scores)
        const [low, high] = a < b ? [a, b] : [b, a]
        const [pLow, pHigh] = [calibrator.pValue(low) as number, calibrator.pValue(high) as number]
        assert.ok(pHigh <= pLow && pHigh >= 0 && pLow <= 1, `${pHigh} ${pLow}`)
      },
    ),
    { seed: 4, numRuns: 300 },
  )
})

test('says nothing before there are enough scores', () => {
  const calibrator = new Calibrator()
  for (let i = 0; i < LEAST_SCORES; i++) {
    assert.is(calibrator.pValue(i), null)
    calibrator.add(i)
  }
  assert.is(calibrator.pValue(LEAST_SCORES / 2), (1 + LEAST_SCORES / 2) / (LEAST_SCORES + 1))
})

test('equal scores have no tail', () => {
  const calibrator = new Calibrator(Array(500).fill(3))
  assert.is(calibrator.pValue(3), 1)
  assert.is(calibrator.pValue(1e9), 1 / 501)
})

test('forgets what left the window', () => {
  const calibrator = new Calibrator()
  for (let i = 0; i < WINDOW; i++) calibrator.add(1000)
  for (let i = 0; i < WINDOW; i++) calibrator.add(i / WINDOW)
  assert.ok((calibrator.pValue(2) as number) < 1 / WINDOW)
})

test('goes on from its state as if it had not stopped', () => {
  const next = stream(5, distributions.exponential)
  const calibrator = new Calibrator()
  for (let i = 0; i < 1500; i++) calibrator.add(next())
  const again = new Calibrator(calibrator.state())
  for (let i = 0; i < 1500; i++) {
    const score = next()
    assert.is(again.pValue(score), calibrator.pValue(score))
    again.add(score)
    calibrator.add(score)
  }
  assert.equal(again.state(), calibrator.state())
})

test('a state that cannot be one is refused', () => {
  assert.throws(() => new Calibrator([1, Number.NaN]), /finite scores/)
  assert.throws(() => new Calibrator(Array(WINDOW + 1).fill(0)), /up to 1024/)
})

test.run()
