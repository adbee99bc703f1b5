/** The kernels of the families beside the restricted Boltzmann machine, at a size that streams of records have. */

import { uniforms } from '../../fixtures/random.ts'
import { frequency } from '../../pipeline/experts/frequency.ts'
import type { Family, Product } from '../../pipeline/experts/product.ts'
import { prototype } from '../../pipeline/experts/prototype.ts'
import { tokens } from '../../pipeline/experts/tokens.ts'
import { relaxed as relaxedKernels } from '../../pipeline/relaxed.ts'
import { MOST_TOKENS } from '../../pipeline/visible.ts'
import * as frequencies from '../../test/reference/frequency.ts'
import * as prototypes from '../../test/reference/prototype.ts'
import * as texts from '../../test/reference/tokens.ts'
import type { Kernel, Size } from './kernel.ts'
import { inCalls, oneByOne } from './problem.ts'

const ROWS = 256
/** Rows learned before anything is timed: prototypes have all their centres, counts are no longer zero. */
const LEARNED = 4096
const CHECKED_ROWS = 12

/** A family at a size, and rows as it has them. */
interface Stand {
  readonly family: Family
  readonly size: Size
  rows(uniform: () => number, count: number): Float32Array
}

/** Twenty numbers with one common cause. */
const numbers: Stand = {
  family: prototype,
  size: { name: '20x64', width: 20, hidden: 64, visible: [{ kind: 'real', size: 20 }] },
  rows(uniform, count) {
    const shared = Array.from({ length: count }, uniform)
    return Float32Array.from({ length: 20 * count }, (_, k) => shared[Math.floor(k / 20)] + uniform())
  },
}

/** Twenty categories of sixteen states. */
const categories: Stand = {
  family: frequency,
  size: {
    name: '20x16',
    width: 20,
    hidden: 16,
    visible: Array.from({ length: 20 }, () => ({ kind: 'index', size: 16 })),
  },
  rows: (uniform, count) => Float32Array.from({ length: 20 * count }, () => Math.floor(16 * uniform() ** 2)),
}

const TOKENS = 4096
/** A log line. */
const LENGTH = 12

/** Twelve of 4096 tokens, 32 hidden units. */
const lines: Stand = {
  family: tokens,
  size: { name: '4096x32', width: TOKENS, hidden: 32, visible: [{ kind: 'tokens', size: TOKENS }] },
  rows: (uniform, count) =>
    Float32Array.from({ length: MOST_TOKENS * count }, (_, k) =>
      k % MOST_TOKENS < LENGTH ? Math.floor(TOKENS * uniform() ** 2) : Number.NaN,
    ),
}

function learned({ family, size, rows }: Stand, relaxed: boolean): { product: Product; rows: Float32Array } {
  const product = family.create(size.visible, family.streamOptions, relaxed ? relaxedKernels : {})
  const all = rows(uniforms(1), ROWS)
  for (let done = 0; done < LEARNED; done += ROWS) product.learnMany(all)
  return { product, rows: all }
}

type Work = (product: Product) => { many(rows: Float32Array): unknown } | { one(row: Float32Array): unknown }

function kernel(name: string, what: string, stand: Stand, work: Work, check: Kernel['check']): Kernel {
  return {
    name,
    what,
    sizes: [stand.size],
    check,
    open(_, relaxed) {
      const { product, rows } = learned(stand, relaxed)
      const asked = work(product)
      const run =
        'many' in asked ? inCalls(rows, product.width, asked.many) : oneByOne(rows, product.width, asked.one)
      return { run, release: () => product.release() }
    },
  }
}

const learning: Work = product => ({ many: rows => product.learnMany(rows) })
const scoring: Work = product => ({ many: rows => product.freeEnergies(rows) })
const surprising: Work = product => ({ one: row => product.surprise(row) })

/** The largest difference in units of `most` relative to what is there, and `most` itself near zero. */
function worst(found: ArrayLike<number>, exact: readonly number[], most: number): number {
  return exact.reduce(
    (error, x, i) => Math.max(error, Math.abs(found[i] - x) / (most * (1 + Math.abs(x)))),
    0,
  )
}

function each(rows: Float32Array, width: number): Float32Array[] {
  return Array.from({ length: rows.length / width }, (_, k) => rows.subarray(k * width, (k + 1) * width))
}

/** A product that has learned a few rows, those, and others to ask about. */
function checked({ family, size, rows }: Stand, relaxed: boolean, seed: number) {
  const product = family.create(
    size.visible,
    { ...family.streamOptions, seed },
    relaxed ? relaxedKernels : {},
  )
  const all = rows(uniforms(seed), CHECKED_ROWS)
  product.learnMany(all)
  const others = rows(uniforms(seed + 1000), CHECKED_ROWS)
  return { product, views: each(all, product.width), others, asked: each(others, product.width) }
}

/** Sums of 20 fields and 64 experts in float32: a hundred roundings. */
const SUM = 100 * 2 ** -24

/** The first rows are all taken as centres by every expert, and counted in the moments. */
function prototypeLearning(_: Size, relaxed: boolean, seed: number): number {
  const { product, views } = checked(numbers, relaxed, seed)
  const model = prototypes.prototypesOf(product.tensors(), product.options)
  product.release()
  const field = (f: number) => views.map(row => row[f])
  const centres = model.experts.flatMap(({ fields, centres }) =>
    fields.map((f, k) => worst(centres.map(centre => centre[k]).sort(), field(f).sort(), 2 ** -24)),
  )
  // Sums of a few numbers in float64.
  const moments = model.moments.map(({ count, mean }, f) =>
    worst([count, mean], [views.length, field(f).reduce((sum, x) => sum + x, 0) / views.length], 1e-12),
  )
  return Math.max(...centres, ...moments)
}

function prototypeAnswers(
  ask: (product: Product, row: Float32Array) => ArrayLike<number>,
  oracle: 'energy' | 'surprise',
) {
  return (_: Size, relaxed: boolean, seed: number): number => {
    const { product, asked } = checked(numbers, relaxed, seed)
    const model = prototypes.prototypesOf(product.tensors(), product.options)
    const errors = asked.map(row => {
      const values = Array.from(row)
      const exact =
        oracle === 'energy' ? [prototypes.freeEnergy(model, values)] : prototypes.surprise(model, values)
      return worst(ask(product, row), exact, SUM)
    })
    product.release()
    return Math.max(...errors)
  }
}

function frequencyAnswers(ask: (product: Product, row: Float32Array) => ArrayLike<number>, whole: boolean) {
  return (_: Size, relaxed: boolean, seed: number): number => {
    const { product, views, asked } = checked(categories, relaxed, seed)
    const p = frequencies.probabilities(categories.size.visible, views)
    const errors = asked.map(row => {
      const exact = frequencies.surprise(categories.size.visible, p, row)
      return worst(ask(product, row), whole ? [exact.reduce((sum, x) => sum + x, 0)] : exact, SUM)
    })
    product.release()
    return Math.max(...errors)
  }
}

function textEnergies(_: Size, relaxed: boolean, seed: number): number {
  const { product, others, asked } = checked(lines, relaxed, seed)
  const machine = texts.machineOf(product)
  const exact = asked.map(row => texts.freeEnergy(machine, Array.from(row.subarray(0, LENGTH))))
  const error = worst(product.freeEnergies(others), exact, SUM)
  product.release()
  return error
}

/** With one token that has all the probability the chain stays at the text: an update changes no weight, and counts. */
function textLearning(_: Size, relaxed: boolean, seed: number): number {
  const { family, size } = lines
  const options = { ...family.streamOptions, weightDecay: 0, seed }
  const product = family.create(size.visible, options, relaxed ? relaxedKernels : {})
  const uniform = uniforms(seed)
  const only = Math.floor(TOKENS * uniform())
  const machine = texts.randomMachine(TOKENS, size.hidden, 0.5, uniform)
  for (const k of machine.d.keys()) machine.d[k] = k === only ? 100 : -100
  texts.load(product, machine)
  product.learnMany(new Float32Array(MOST_TOKENS).fill(Number.NaN).fill(only, 0, 1))
  const after = texts.machineOf(product)
  product.release()
  machine.counts[only]++
  return Math.max(
    worst(after.w.flat(), machine.w.flat(), 2 ** -24),
    worst(after.c, machine.c, 2 ** -24),
    worst(after.counts, machine.counts, 2 ** -24),
  )
}

const energy = (product: Product, row: Float32Array) => product.freeEnergies(row)
const surprise = (product: Product, row: Float32Array) => product.surprise(row)

export const otherKernels: readonly Kernel[] = [
  kernel('prototype/learn', 'a row learned', numbers, learning, prototypeLearning),
  kernel(
    'prototype/free-energies',
    'free energy of a row',
    numbers,
    scoring,
    prototypeAnswers(energy, 'energy'),
  ),
  kernel(
    'prototype/surprise',
    'surprise of every field',
    numbers,
    surprising,
    prototypeAnswers(surprise, 'surprise'),
  ),
  kernel('frequency/learn', 'a row learned', categories, learning, frequencyAnswers(surprise, false)),
  kernel(
    'frequency/free-energies',
    'free energy of a row',
    categories,
    scoring,
    frequencyAnswers(energy, true),
  ),
  kernel('tokens/learn', 'a text learned', lines, learning, textLearning),
  kernel('tokens/free-energies', 'free energy of a text', lines, scoring, textEnergies),
]
