/** `--experts hmm` on streams: texts whose words have an order, and windows of numbers that have a shape. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { uniforms } from '../../fixtures/random.ts'
import { Detector, rocAuc } from '../../pipeline/index.ts'
import type { DataRecord } from '../../pipeline/records.ts'

/** Records before the first that counts, and those with a fault afterwards: one of FAULTY. */
const LEARNED = 800
const RECORDS = 1800
const FAULTY = 25

/** Scores and labels of a stream with planted faults. */
function run(record: (isFaulty: boolean) => DataRecord) {
  const detector = new Detector({ experts: 'hmm', seed: 1 })
  const scored: { score: number; isFaulty: boolean; record: DataRecord }[] = []
  for (let n = 0; n < RECORDS; n++) {
    const isFaulty = n > LEARNED && n % FAULTY === 7
    const own = record(isFaulty)
    const { score } = detector.observe(own)
    if (n > LEARNED && score !== null) scored.push({ score, isFaulty, record: own })
  }
  detector.release()
  const auc = rocAuc(
    Float64Array.from(scored, ({ score }) => score),
    scored.map(({ isFaulty }) => isFaulty),
  )
  return { auc: auc ?? Number.NaN, scored }
}

const uniform = uniforms(3)
const pick = (texts: readonly string[]) => texts[Math.floor(uniform() * texts.length)]

function sentence(): string {
  const thing = pick(['the door', 'the big window', 'my mouth', 'that old box', 'it', 'the shop'])
  return pick([
    `please shut ${thing} up`,
    `never shut ${thing} up now`,
    `he opened ${thing} and went out`,
    `she will open ${thing} and come in`,
    `do not shut ${thing} up`,
    `we saw ${thing} there`,
  ])
}

/** The same words from the last to the first: their number and their frequencies say nothing. */
const reversed = (text: string) => text.split(' ').reverse().join(' ')

test('words in the wrong order are found, and a score does not measure how many there are', () => {
  const { auc, scored } = run(isFaulty => ({ text: isFaulty ? reversed(sentence()) : sentence() }))
  assert.ok(auc > 0.95, `AUC ${auc}`)
  const normal = scored.filter(({ isFaulty }) => !isFaulty)
  const lengths = normal.map(({ record }) => String(record.text).split(' ').length)
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
  const [m, l] = [mean(normal.map(({ score }) => score)), mean(lengths)]
  const covariance = mean(normal.map(({ score }, n) => (score - m) * (lengths[n] - l)))
  const deviations = Math.sqrt(
    mean(normal.map(({ score }) => (score - m) ** 2)) * mean(lengths.map(length => (length - l) ** 2)),
  )
  // Free energies themselves grow by some twenty nats a word, a correlation of nearly 1.
  assert.ok(Math.abs(covariance / deviations) < 0.5, `correlation ${covariance / deviations}`)
})

test('a window of another shape is found among waves of every phase', () => {
  const wave = (isFaulty: boolean) => {
    const [phase, size] = [2 * Math.PI * uniform(), 1 + 0.3 * uniform()]
    const value = (t: number) => Math.sin(phase + (isFaulty ? 1.7 : 0.5) * t)
    return Object.fromEntries(
      Array.from({ length: 16 }, (_, t) => [`x${t}`, size * value(t) + 0.1 * (uniform() - 0.5)]),
    )
  }
  const { auc } = run(wave)
  assert.ok(auc > 0.98, `AUC ${auc}`)
})

test('a record with texts and numbers has a window for each', () => {
  const detector = new Detector({ experts: 'hmm', seed: 1 })
  for (let n = 0; n < 300; n++) {
    const { score } = detector.observe({ text: sentence(), size: uniform(), other: sentence(), more: n % 7 })
    assert.ok(score === null || Number.isFinite(score))
  }
  const [verdict] = [detector.observe({ text: reversed(sentence()), size: 40, other: sentence(), more: 3 })]
  assert.ok(verdict.why === undefined || verdict.why.every(({ surprise }) => Number.isFinite(surprise)))
  const again = Detector.load(detector.save())
  const row = { text: sentence(), size: 0.5, other: 'never seen before', more: 1 }
  assert.is(again.scoreOne(row).score, detector.scoreOne(row).score)
  detector.release()
  again.release()
})

test.run()
