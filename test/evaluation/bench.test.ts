/** What the detection benchmark does to records and figures before anything is printed. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Entry } from '../../bench/detection/contestants.ts'
import { LabelledSet } from '../../bench/detection/labelled-set.ts'
import { differencesTable, figuresTable } from '../../bench/detection/print.ts'
import { meanRanks, outcomes, type SetOutcome } from '../../bench/detection/protocol.ts'
import { mask, permute, rescale } from '../../bench/detection/spoil.ts'
import { thinned } from '../../bench/detection/thin.ts'
import { Detector } from '../../pipeline/index.ts'

const test = suite('bench')

let folder = ''
test.before(() => {
  folder = mkdtempSync(join(tmpdir(), 'veto-bench-'))
})
test.after(() => rmSync(folder, { recursive: true }))

const setOf = (text: string, reading = {}) => {
  const file = join(folder, 'a set.csv')
  writeFileSync(file, text)
  return new LabelledSet(file, reading)
}

test('thinning keeps all normal records, the first of each run of anomalies and every n-th after it', () => {
  const keep = thinned(3)
  const kept = [...'0111111101100001'].map(label => keep(label === '1'))
  assert.is(kept.map(Number).join(''), '1100100111011111')
})

test('masking removes values at its rate, never the label, and the same ones for the same seed', () => {
  const records = Array.from({ length: 1000 }, (_, t) => ({ a: t, label: 0, b: 'x' }))
  const masked = () => {
    const change = mask(0.2).change(7)
    return records.map(record => change(record, 'label'))
  }
  const left = masked()
  const missing = left.reduce((sum, record) => sum + 3 - Object.keys(record).length, 0)
  assert.ok(left.every(record => record.label === 0))
  // 2000 values: a standard deviation of sqrt(2000 × .2 × .8) = 18, five of them allowed.
  assert.ok(Math.abs(missing - 400) < 90, String(missing))
  assert.equal(masked(), left)
})

test('permuting gives all records one order of fields and keeps every value', () => {
  const change = permute.change(3)
  const fields = [...'abcdefgh']
  const record = Object.fromEntries(fields.map((field, t) => [field, t]))
  const first = change(record, 'h')
  assert.equal(first, record)
  assert.is.not(Object.keys(first).join(''), 'abcdefgh')
  assert.equal(Object.keys(change({ ...record, late: 1 }, 'h')), [...Object.keys(first), 'late'])
})

test('rescaling multiplies one numeric field, the same in all records, and stays with text', () => {
  const change = rescale(1e6).change(1)
  const records = [
    { name: 'x', label: 1, a: '2.5', b: 3 },
    { name: 'y', label: 1, a: '-1', b: 4 },
    { name: 'z', label: 1, a: '', b: null },
  ]
  const [first, second, third] = records.map(record => change(record, 'label'))
  const isA = first.a !== '2.5'
  assert.equal(first, isA ? { ...records[0], a: '2500000' } : { ...records[0], b: 3e6 })
  assert.equal(second, isA ? { ...records[1], a: '-1000000' } : { ...records[1], b: 4e6 })
  assert.equal(third, records[2])
  assert.equal(change({ name: 'x' }, 'label'), { name: 'x' })
})

test('the rivals see the numeric fields without the label, gaps filled with the median', async () => {
  const { rows, anomalies } = await setOf('a,label,b,c\n1,0,x,5\n,1,2,5\n3,0,3,\n7,2,4,6\n').matrix()
  assert.equal(
    rows.map(row => [...row]),
    [
      [1, 5],
      [3, 5],
      [3, 5],
      [7, 6],
    ],
  )
  assert.equal([...anomalies], [0, 1, 0, 1])
})

test('a set without numbers is a column of zeros, and thinning and changes come before', async () => {
  const set = setOf('a,label\nx,0\ny,1\nz,1\ny,1\n', { thin: 2 })
  const { rows, anomalies } = await set.matrix()
  assert.equal([...anomalies], [0, 1, 1])
  assert.equal(
    rows.map(row => [...row]),
    [[0], [0], [0]],
  )
  const changed = await set.matrix(record => ({ ...record, a: 1 }))
  assert.equal(
    changed.rows.map(row => [...row]),
    [[1], [1], [1]],
  )
})

test('the detector sees what the rivals see: the same records, thinned, in the same order', async () => {
  const set = setOf(`a,label\n${'1,0\n2,1\n3,1\n4,1\n'.repeat(10)}`, { thin: 3 })
  const seen: unknown[] = []
  class Watching extends Detector {
    override observe(record: Readonly<Record<string, unknown>>) {
      seen.push(Number(record.a))
      return super.observe(record)
    }
  }
  const { anomalies } = await set.pass(() => new Watching({ ignore: ['label'] }))
  const matrix = await set.matrix()
  assert.equal(
    seen,
    matrix.rows.map(row => row[0]),
  )
  assert.equal(anomalies, matrix.anomalies)
  assert.is(set.name, 'a set')
})

/** An outcome in which the contestants A, B, C reached this. */
const outcomeOf = (set: string, figures: readonly (number | null)[], spoiler?: string): SetOutcome => ({
  set,
  spoiler,
  records: 10,
  anomalies: 1,
  reached: figures.map((figure, index) => ({
    name: 'ABC'[index],
    rocAuc: [figure, figure],
    averagePrecision: [figure],
    seconds: 0,
  })),
})

test('mean ranks: 1 for the best, shared places for equal figures, sets without figures left out', () => {
  const all = [
    outcomeOf('x', [0.9, 0.8, 0.7]),
    outcomeOf('y', [0.5, 0.6, 0.6]),
    outcomeOf('z', [null, 0.1, 0.2]),
  ]
  const ranks = meanRanks(all, ['A', 'B', 'C'], 'rocAuc')
  assert.equal([...ranks.values()], [(1 + 3) / 2, (2 + 1.5) / 2, (3 + 1.5) / 2])
})

test('tables: a line a set, means and ranks, differences with their sign', () => {
  const plain = [outcomeOf('x', [0.9, 0.8, 1]), outcomeOf('y', [0.5, 0.6, null])]
  const spoilt = [outcomeOf('x', [0.8, 0.85, 1], 'noise'), outcomeOf('y', [0.5, 0.6, null], 'noise')]
  assert.match(figuresTable(plain, 'rocAuc'), /^mean +\.700 +\.700 +1\.000$/m)
  assert.match(figuresTable(plain, 'rocAuc'), /^mean rank +2\.00 +3\.00 +1\.00$/m)
  const differences = differencesTable(plain, spoilt, 'rocAuc')
  assert.match(differences, /^ROC-AUC, noise: difference$/m)
  assert.match(differences, /^mean +−\.050 +\+\.025 +\+\.000$/m)
})

test('the protocol: every contestant on every set, seed and spoiler, with one matrix for all', async () => {
  const set = setOf(`a,b,label\n${'1,2,0\n9,2,1\n'.repeat(20)}`)
  const asked: string[] = []
  const contestants = ['first', 'second'].map(name => ({
    name,
    async judge({ seed, spoiler, matrix }: Entry) {
      asked.push(`${name} ${seed} ${spoiler?.name ?? 'plain'}`)
      const { rows, anomalies } = await matrix()
      assert.is(await matrix(), await matrix())
      return { scores: Float64Array.from(rows, row => row[0]), anomalies }
    },
  }))
  const all: SetOutcome[] = []
  for await (const outcome of outcomes({
    sets: [set],
    contestants,
    spoilers: [undefined, mask(0.5)],
    seeds: [1, 2],
  }))
    all.push(outcome)
  assert.is(new Set(asked).size, 8)
  assert.is(asked.length, 8)
  assert.equal(
    all.map(({ records, anomalies, reached }) => [records, anomalies, reached[0].rocAuc.length]),
    [
      [40, 20, 2],
      [40, 20, 2],
    ],
  )
  assert.equal(all[0].reached[0].rocAuc, [1, 1])
  assert.ok(all[1].reached[0].rocAuc[0]! < 1)
})

test.run()
