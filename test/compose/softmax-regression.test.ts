/** Multinomial logistic regression against finite differences, closed forms and itself row by row. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { uniforms } from '../../fixtures/random.ts'
import { minimise } from '../../pipeline/compose/minimise.ts'
import { SoftmaxRegression, softmax } from '../../pipeline/compose/softmax-regression.ts'

const K = 4
const P = 6

/** Classes as clouds around points of their own, with a value that goes up and down in all features. */
function clouds(count: number, seed: number) {
  const uniform = uniforms(seed)
  const labels = Array.from({ length: count }, () => Math.floor(uniform() * K))
  const rows = labels.map(label => {
    const common = 20 * uniform()
    return Float64Array.from({ length: P }, (_, i) => common + (i === label ? 1.5 : 0) + 2 * uniform())
  })
  return { rows, labels }
}

const { rows, labels } = clouds(400, 1)
const fresh = clouds(400, 2)
const lossOf = (regression: SoftmaxRegression, data = fresh) =>
  data.rows.reduce((sum, row, n) => sum - Math.log(regression.probabilities(row)[data.labels[n]]), 0) /
  data.rows.length

/** The penalised loss at these logits, in float64 and without anything of the regression's own. */
function objective(parameters: Float64Array, penalty: number): number {
  const means = Array.from({ length: P }, (_, i) => rows.reduce((sum, row) => sum + row[i], 0) / rows.length)
  const deviations = means.map((mean, i) =>
    Math.sqrt(rows.reduce((sum, row) => sum + (row[i] - mean) ** 2, 0) / rows.length),
  )
  let loss = 0
  for (const [n, row] of rows.entries()) {
    const logits = Array.from({ length: K }, (_, k) => {
      const at = k * (P + 1)
      return row.reduce(
        (sum, x, i) => sum + (parameters[at + i] * (x - means[i])) / deviations[i],
        parameters[at + P],
      )
    })
    loss += Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit), 0)) - logits[labels[n]]
  }
  for (let k = 0; k < K; k++)
    for (let i = 0; i < P; i++) loss += (penalty / 2) * parameters[k * (P + 1) + i] ** 2
  return loss
}

test('no direction leads below what was found: derivatives of the penalised loss are zero', () => {
  for (const penalty of [0.1, 10]) {
    const regression = new SoftmaxRegression(P, K, { penalty, tolerance: 1e-8 })
    assert.ok(regression.fit(rows, labels))
    const parameters = Float64Array.from(regression.tensors().parameters.data)
    for (let i = 0; i < parameters.length; i++) {
      const [above, below] = [1e-4, -1e-4].map(step => {
        const moved = parameters.slice()
        moved[i] += step
        return objective(moved, penalty)
      })
      // A tolerance of 4e-6, third derivatives of some hundreds times 1e-8 / 6, rounding of 1e-13 / 2e-4.
      assert.ok(Math.abs(above - below) / 2e-4 < 1e-5, `penalty ${penalty}, parameter ${i}`)
    }
  }
})

test('without features that tell, probabilities are the shares of classes', () => {
  const regression = new SoftmaxRegression(1, 3)
  regression.fit([[1], [1], [1], [1]], [0, 0, 1, 2])
  const shares = regression.probabilities([1])
  for (const [k, share] of [0.5, 0.25, 0.25].entries()) assert.ok(Math.abs(shares[k] - share) < 1e-5)
})

test('row by row it comes near to what it finds at once', () => {
  const [atOnce, online] = [0, 1].map(() => new SoftmaxRegression(P, K))
  atOnce.fit(rows, labels)
  for (let pass = 0; pass < 5; pass++) for (const [n, row] of rows.entries()) online.learnOne(row, labels[n])
  // Nothing known: log 4 = 1.386.
  assert.ok(lossOf(atOnce) < 0.9, `${lossOf(atOnce)}`)
  assert.ok(lossOf(online) < lossOf(atOnce) + 0.1, `${lossOf(online)} online, ${lossOf(atOnce)} at once`)
})

test('it goes on from a fit without leaving it', () => {
  const regression = new SoftmaxRegression(P, K)
  regression.fit(rows, labels)
  const before = lossOf(regression)
  for (const [n, row] of rows.entries()) regression.learnOne(row, labels[n])
  assert.ok(lossOf(regression) < before + 0.05)
  assert.is(regression.learned, 800)
})

test('room for classes and features leaves what it says of others alone', () => {
  const regression = new SoftmaxRegression(P, K)
  regression.fit(rows, labels)
  const before = regression.logits(rows[0])
  regression.grow(P + 2, K + 1)
  assert.equal(Array.from(regression.logits([...rows[0], 5, -5])), [...before, 0])
})

test('what it cannot use is refused', () => {
  const regression = new SoftmaxRegression(2, 2)
  assert.throws(() => regression.fit([], []), /at least one/)
  assert.throws(() => regression.fit([[1, 2]], [0, 1]), /as many labels/)
  assert.throws(() => regression.learnOne([1], 0), /2 features, got 1/)
  assert.throws(() => regression.learnOne([1, Number.NaN], 0), /finite/)
  assert.throws(() => regression.learnOne([1, 2], 2), /label from 0 to 1/)
  assert.throws(() => new SoftmaxRegression(2, 2, { penalty: Number.NaN }), /penalty/)
  assert.throws(() => new SoftmaxRegression(2, 2, { penalty: '1' } as never), /penalty as a number, got "1"/)
  assert.throws(() => new SoftmaxRegression(2, 2, { penaltty: 1 } as never), /a regression: .*"penaltty"/)
  assert.throws(() => new SoftmaxRegression(1.5, 2), /features as a whole number .* got 1.5/)
  assert.is(regression.learned, 0)
})

test('probabilities of logits far apart are finite, and a valley is walked to its bottom', () => {
  assert.equal(Array.from(softmax(Float64Array.of(1000, 0))), [1, 0])
  const place = Float64Array.of(-1.2, 1)
  const found = minimise(
    ([x, y], gradient) => {
      gradient[0] = 4 * (x - 1) ** 3 - 200 * (y - x)
      gradient[1] = 200 * (y - x)
      return (x - 1) ** 4 + 100 * (y - x) ** 2
    },
    place,
    { tolerance: 1e-8, maxIterations: 200, divide: () => {} },
  )
  // Where 4 d³ is below the tolerance, d is below 1.4e-3.
  assert.ok(found && place.every(each => Math.abs(each - 1) < 2e-3), `${place}`)
})

test.run()
