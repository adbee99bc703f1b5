/** Updates of the kernel against the float64 oracle, with the kernel's own random numbers. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { uniforms } from '../../fixtures/random.ts'
import type { FamilyOptions, VisibleGroup } from '../../pipeline/experts/product.ts'
import { rbm } from '../../pipeline/experts/rbm.ts'
import { kernelsFor, type Target, targets } from '../assembly/compile.ts'
import { learn, type State, stateOf } from '../reference/learning.ts'
import { randomRow, randomRows } from '../reference/rows.ts'

const mixed: VisibleGroup[] = [
  { kind: 'softmax', size: 3 },
  { kind: 'bernoulli', size: 2 },
  { kind: 'bernoulli', size: 4 },
  { kind: 'softmax', size: 9 },
  { kind: 'softmax', size: 2 },
  { kind: 'bernoulli', size: 1 },
]
/** Eight values fill the padded row: whatever is written past a run's last unit would be the next chain's. */
const full: VisibleGroup[] = [
  { kind: 'softmax', size: 3 },
  { kind: 'bernoulli', size: 5 },
]
const pixels: VisibleGroup[] = [{ kind: 'bernoulli', size: 512 }]

const plain = {
  persistentChains: 0,
  centering: false,
  averaging: false,
  learningRate: 0.1,
  learningRateDecay: 0,
  weightDecay: 0,
  weightScale: 0.3,
}
const cases: [string, VisibleGroup[], FamilyOptions][] = [
  ['CD-1, sampled', mixed, { ...plain, hidden: 7 }],
  ['CD-1, mean-field', mixed, { ...plain, hidden: 8, sampleVisible: false }],
  ['CD-3', mixed, { ...plain, hidden: 5, cdSteps: 3 }],
  [
    'CD-1 with momentum, decay and a schedule',
    mixed,
    { ...plain, hidden: 6, momentum: 0.5, weightDecay: 0.01, learningRateDecay: 3, learningRateFloor: 0.06 },
  ],
  [
    'CD-1 with decay, averaged',
    mixed,
    { ...plain, hidden: 9, weightDecay: 0.3, averaging: true, averagingInterval: 3 },
  ],
  ['CD-1 that forgets at once', mixed, { ...plain, hidden: 9, learningRate: 1, weightDecay: 1 }],
  ['CD-1, centred', mixed, { ...plain, hidden: 7, centering: true, centeringRate: 0.02 }],
  ['persistent chains', mixed, { ...plain, hidden: 7, persistentChains: 3 }],
  [
    'persistent chains in turn',
    mixed,
    { ...plain, hidden: 7, persistentChains: 5, chainsPerStep: 2, cdSteps: 2 },
  ],
  [
    'persistent chains in turn, rows without padding',
    full,
    { ...plain, hidden: 5, persistentChains: 3, chainsPerStep: 1 },
  ],
  ['the default recipe', mixed, { hidden: 10, learningRate: 0.1, averagingInterval: 3, weightScale: 0.3 }],
  [
    'the default recipe with momentum',
    mixed,
    { hidden: 10, learningRate: 0.05, momentum: 0.7, weightScale: 0.3 },
  ],
  [
    'several panels of rows',
    pixels,
    { ...plain, hidden: 90, weightScale: 0.05, persistentChains: 2, centering: true, learningRate: 0.01 },
  ],
  [
    'several panels of rows, CD-1',
    pixels,
    { ...plain, hidden: 106, weightScale: 0.05, centering: true, learningRate: 0.01, weightDecay: 0.01 },
  ],
  [
    'several panels of rows, CD-2',
    pixels,
    { ...plain, hidden: 90, weightScale: 0.05, cdSteps: 2, learningRate: 0.01, weightDecay: 0.001 },
  ],
]

/** The largest difference between two states, and where it is. */
function difference(product: State, oracle: State): { most: number; where: string } {
  let result = { most: 0, where: '' }
  const compare = (where: string, x: readonly unknown[], y: readonly unknown[]) => {
    for (const [i, value] of x.entries()) {
      if (Array.isArray(value)) compare(`${where}[${i}]`, value, y[i] as unknown[])
      else if (!(Math.abs((value as number) - (y[i] as number)) <= result.most)) {
        result = { most: Math.abs((value as number) - (y[i] as number)), where: `${where}[${i}]` }
      }
    }
  }
  for (const name of ['w', 'b', 'c', 'mu', 'lambda', 'chains', 'posteriors'] as const)
    compare(name, product[name], oracle[name])
  for (const name of ['velocity', 'average'] as const) {
    for (const part of ['w', 'b', 'c'] as const)
      compare(`${name}.${part}`, product[name]?.[part] ?? [], oracle[name]?.[part] ?? [])
  }
  return result
}

/*
 * Tolerance of one update from equal states. Every changed number is rounded a few times at its own magnitude (< 4:
 * 2^-22 each) and moves by η times posteriors and means. A posterior errs by the sigmoid's bound (1.2e-7) plus a
 * quarter of the error of its input, itself a sum of n terms below 1 with error (n/8 + 4) 2^-24 n/2 at the very worst;
 * rounding errors are independent, so √n stands for n: 3e-6 for 512 inputs. Chains that are means add one such step.
 */
const tolerance = (visible: readonly VisibleGroup[]) => 1e-6 + (visible === pixels ? 3e-6 : 1e-6)

function checkUpdates(
  visible: readonly VisibleGroup[],
  options: FamilyOptions,
  missing: number,
  target: Target,
): void {
  const uniform = uniforms(11)
  const product = rbm.create(visible, { ...options, seed: 5 }, kernelsFor(target))
  product.initialise(randomRows(visible, 4, uniform, missing))
  for (let t = 0; t < 24; t++) {
    const row = randomRow(visible, uniform, missing)
    const oracle = stateOf(product)
    learn(oracle, visible, product.options, row)
    product.learnOne(row)
    const { most, where } = difference(stateOf(product), oracle)
    assert.ok(most <= tolerance(visible), `update ${t}: ${where} differs by ${most}`)
  }
  product.release()
}

/**
 * Blocks of 1 to 7 rows in one call, each from equal states: after every one the parameters are those of updates one by
 * one, whatever is kept back within a block. Each row adds an error of its own, and carries on those before it.
 */
function checkBlocks(
  visible: readonly VisibleGroup[],
  options: FamilyOptions,
  missing: number,
  target: Target,
): void {
  const uniform = uniforms(12)
  const product = rbm.create(visible, { ...options, seed: 6 }, kernelsFor(target))
  product.initialise(randomRows(visible, 4, uniform, missing))
  for (let count = 1; count <= 7; count++) {
    const rows = randomRows(visible, count, uniform, missing)
    const oracle = stateOf(product)
    for (let k = 0; k < count; k++) {
      learn(oracle, visible, product.options, rows.subarray(k * product.width, (k + 1) * product.width))
    }
    product.learnMany(rows)
    const { most, where } = difference(stateOf(product), oracle)
    assert.ok(most <= 2 * count * tolerance(visible), `${count} rows: ${where} differs by ${most}`)
  }
  product.release()
}

for (const target of targets()) {
  for (const [name, visible, options] of cases) {
    for (const missing of [0, 0.3]) {
      test(`${target} SIMD, ${name}${missing ? ', a third missing' : ''}: every update is the oracle's`, () => {
        checkUpdates(visible, options, missing, target)
      })
      test(`${target} SIMD, ${name}${missing ? ', a third missing' : ''}: blocks of rows as well`, () => {
        checkBlocks(visible, options, missing, target)
      })
    }
  }
}

test.run()
