/** Stacks of Boltzmann machines: what each layer learns, and that stopping is like not stopping. */
import { from, toArray } from 'rxjs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { uniforms } from '../../fixtures/random.ts'
import { Classifier } from '../../pipeline/compose/classifier.ts'
import { Network } from '../../pipeline/compose/network.ts'
import { Stack } from '../../pipeline/compose/stack.ts'
import type { StackOptions } from '../../pipeline/compose/stack-options.ts'
import { Detector } from '../../pipeline/detector.ts'
import { ModelFileError, ModelVersionError } from '../../pipeline/errors.ts'
import type { Product, VisibleGroup } from '../../pipeline/experts/product.ts'
import { rbm } from '../../pipeline/experts/rbm.ts'
import { features } from '../../pipeline/operators/features.ts'
import { readSafetensors, writeSafetensors } from '../../pipeline/state/safetensors.ts'

/** All kinds of units that a stack may have at the bottom: 4 × 4 pixels, a category, a number and a count. */
const visible: VisibleGroup[] = [
  { kind: 'bernoulli', size: 16 },
  { kind: 'softmax', size: 3 },
  { kind: 'real', size: 1 },
  { kind: 'count', size: 5 },
]
const D = 21

/** Bars of one direction, whose category, number and count say how many of them are on. */
function rowsOf(count: number, seed: number): Float32Array {
  const uniform = uniforms(seed)
  const rows = new Float32Array(count * D)
  for (let n = 0; n < count; n++) {
    const row = rows.subarray(n * D, (n + 1) * D)
    const bars = [0, 1, 2, 3].map(() => Number(uniform() < 0.5))
    const on = bars.reduce((sum, bar) => sum + bar, 0)
    for (let i = 0; i < 16; i++) row[i] = bars[i % 4]
    row[16 + Math.min(2, on >> 1)] = 1
    row[19] = on + uniform()
    row[20] = on
  }
  return rows
}

const options: StackOptions = { layers: [{ hidden: 12 }, { hidden: 8 }, { hidden: 5 }], initialRows: 20 }
const learnt = (count = 300, more: Partial<StackOptions> = {}): Stack => {
  const stack = new Stack(visible, { ...options, ...more })
  stack.learnMany(rowsOf(count, 1))
  return stack
}
const rowAt = (rows: Float32Array, n: number) => rows.subarray(n * D, (n + 1) * D)
const isRefusal = (error: unknown) => error instanceof ModelFileError
const probe = rowAt(rowsOf(1, 9), 0)

test('each layer is the machine that learns from the features of the one below', () => {
  const stack = new Stack(visible, { layers: [{ hidden: 6 }, { hidden: 4 }], initialRows: 0 })
  const [lower, upper] = stack.products.map(({ visible, options }) => rbm.create(visible, { ...options }))
  const rows = rowsOf(50, 2)
  for (let n = 0; n < 50; n++) {
    const row = rowAt(rows, n)
    stack.learnOne(row)
    lower.learnOne(row)
    upper.learnOne(lower.transformOne(row))
  }
  const code = lower.transformOne(probe)
  assert.equal(stack.transformOne(probe, 0), code)
  assert.equal(stack.transformOne(probe), upper.transformOne(code))
  assert.equal(stack.scores(probe), Float32Array.of(-lower.freeEnergy(probe), -upper.freeEnergy(code)))
  assert.equal(stack.reconstruct(probe).length, D)
})

test('in turn a layer begins when the one below is frozen', () => {
  const stack = new Stack(visible, { ...options, learning: 'in turn', rowsPerLayer: 100 })
  const rows = rowsOf(350, 1)
  stack.learnMany(rows.subarray(0, 100 * D))
  assert.equal([stack.turn, ...stack.learned], [1, 100, 0, 0])
  const frozen = stack.transformOne(probe, 0)
  stack.learnMany(rows.subarray(100 * D))
  // The third layer waits for 20 rows to start from, which it then learns.
  assert.equal([stack.turn, ...stack.learned], [2, 100, 100, 150])
  assert.equal(stack.transformOne(probe, 0), frozen)
  const alone = new Stack(visible, { layers: [{ hidden: 12 }], initialRows: 20 })
  alone.learnMany(rows.subarray(0, 100 * D))
  assert.equal(alone.transformOne(probe), frozen)
})

test('advance freezes a layer whenever it is asked to', () => {
  const stack = new Stack(visible, { ...options, learning: 'in turn' })
  stack.learnMany(rowsOf(30, 1))
  stack.advance()
  stack.learnMany(rowsOf(10, 1))
  // Ten rows wait: what has come is what it starts from.
  stack.advance()
  stack.advance()
  assert.equal([stack.turn, ...stack.learned], [2, 30, 10, 0])
  assert.throws(() => learnt(1).advance(), /learn together/)
})

test('a stack that was saved goes on bit for bit, while it gathers, learns together or in turn', () => {
  const rows = rowsOf(400, 3)
  const turns: Partial<StackOptions> = { learning: 'in turn', rowsPerLayer: 90 }
  for (const [count, more] of [[10], [35], [200], [95, turns], [150, turns]] as [
    number,
    Partial<StackOptions>?,
  ][]) {
    const stack = new Stack(visible, { ...options, ...more })
    stack.learnMany(rows.subarray(0, count * D))
    const file = stack.save()
    const loaded = Stack.load(file)
    assert.equal(loaded.save(), file, `${count} rows`)
    for (const each of [stack, loaded]) {
      each.learnMany(rows.subarray(count * D))
      each.sample(3, 2)
    }
    assert.equal(loaded.save(), stack.save(), `${count} rows`)
    assert.equal(loaded.sample(3, 2), stack.sample(3, 2))
  }
})

test('asking changes nothing, and neither does a row that is refused', () => {
  const [stack, other] = [learnt(), learnt()]
  stack.scores(probe)
  stack.transformOne(probe, 1)
  stack.reconstruct(probe, 3)
  const wrong = probe.slice()
  wrong[3] = 2
  for (const each of [
    stack,
    new Stack(visible, options),
    learnt(90, { learning: 'in turn', rowsPerLayer: 40 }),
  ]) {
    const before = each.save()
    assert.throws(() => each.learnOne(wrong), /values in \[0, 1\]/)
    assert.throws(() => each.initialise(wrong), /values in \[0, 1\]/)
    assert.equal(each.save(), before)
  }
  assert.equal(stack.save(), other.save())
  assert.throws(() => stack.learnOne([] as never), /Float32Array/)
  assert.throws(() => stack.transformOne(probe, 3), /layer from 0 to 2, got 3/)
})

test('learning improves: in each layer rows score above values that were each taken from another row', () => {
  const stack = learnt(4000)
  const [lower, upper] = stack.products
  const fresh = rowsOf(200, 7)
  const rows = Array.from({ length: 200 }, (_, n) => rowAt(fresh, n))
  const codes = rows.map(row => lower.transformOne(row))
  const uniform = uniforms(6)
  /** The share of rows that are likelier than what has their values' distributions and not their dependencies. */
  const shareWon = (product: Product, all: readonly Float32Array[]): number => {
    const won = all.filter(row => {
      const mixed = row.map((_, i) => all[Math.floor(uniform() * all.length)][i])
      return product.freeEnergy(row) < product.freeEnergy(mixed)
    })
    return won.length / all.length
  }
  // One half when nothing is learned; pixels mixed so are bars in 1 of 16 cases or less.
  const [below, above] = [shareWon(lower, rows), shareWon(upper, codes)]
  assert.ok(below > 0.9, `layer 0: ${below}`)
  // The features that are left know less of each other; four deviations of 200 tosses above one half.
  assert.ok(above > 0.64, `layer 1: ${above}`)
})

test('the way down from features is the second half of a reconstruction', () => {
  const [lower] = learnt().products
  assert.equal(lower.descend?.(lower.transformOne(probe)), lower.reconstruct(probe))
  assert.throws(() => lower.descend?.(new Float32Array(11)), /11/)
  assert.throws(() => lower.descend?.(new Float32Array(12).fill(Number.NaN)), /finite/)
})

test('a row comes back from the top of a stack that has learned', () => {
  const bars = (count: number, seed: number) => {
    const rows = rowsOf(count, seed)
    return Array.from({ length: count }, (_, n) => rowAt(rows, n).slice(0, 16))
  }
  const layers = [12, 8].map(hidden => ({ hidden, learningRate: 0.1 }))
  const stack = new Stack([{ kind: 'bernoulli', size: 16 }], { layers })
  for (const row of bars(2000, 5)) stack.learnOne(row)
  const rows = bars(100, 7)
  const errors = rows.map(row =>
    stack.reconstruct(row).reduce((sum, share, i) => sum + (share - row[i]) ** 2, 0),
  )
  const error = errors.reduce((sum, each) => sum + each, 0) / 1600
  // Means of pixels, which know nothing, come to an error of 0.25.
  assert.ok(error < 0.05, `reconstruction ${error}`)
})

test('samples are rows, and what is missing is filled in', () => {
  const stack = learnt(1000)
  const samples = stack.sample(5, 10)
  assert.is(samples.length, 5 * D)
  for (let n = 0; n < 5; n++) {
    const [a, b, c] = rowAt(samples, n).subarray(16, 19)
    assert.ok(Math.abs(a + b + c - 1) < 1e-5)
  }
  const gaps = probe.slice().fill(Number.NaN, 0, 8)
  assert.ok(stack.reconstruct(gaps).every(Number.isFinite))
  assert.ok(stack.scores(gaps).every(Number.isFinite))
})

test('features of a stream come from a stack as from a product', () => {
  const stack = learnt()
  let streamed: Float32Array[] = []
  from([probe, probe])
    .pipe(features(stack), toArray())
    .subscribe(all => {
      streamed = all
    })
  assert.equal(streamed, [stack.transformOne(probe), stack.transformOne(probe)])
})

test('damaged files are refused', () => {
  const file = learnt(30).save()
  const damaged = file.slice()
  damaged[file.length - 5] ^= 4
  assert.throws(() => Stack.load(damaged), /checksum/)
  for (const length of [0, 7, 100, file.length - 1])
    assert.throws(() => Stack.load(file.subarray(0, length)), isRefusal)
  const { tensors, metadata } = readSafetensors(file)
  const { checksum: _, ...unsummed } = metadata
  const described = JSON.parse(metadata.described)
  const changed = (change: object, own = tensors) =>
    writeSafetensors(own, { ...unsummed, described: JSON.stringify({ ...described, ...change }) })
  const { random: __, ...lacking } = tensors
  const wrong = (name: string, data: Float64Array | Float32Array) => ({
    ...tensors,
    [name]: { shape: [data.length], data },
  })
  const files = {
    'other layers': changed({ layers: [{ hidden: 12 }, { hidden: 8 }] }),
    'huge layers': changed({ layers: [{ hidden: 2 ** 20 }, { hidden: 8 }, { hidden: 5 }] }),
    'no layers': changed({ layers: [] }),
    'another kind of learning': changed({ learning: 'never' }),
    'other groups': changed({ visible: [{ kind: 'sequence', size: 3 }] }),
    'no random state': changed({}, lacking),
    'a turn beyond': changed({}, wrong('turn', Float64Array.of(3))),
    'many rows that wait': changed({}, wrong('layers.1.waiting', new Float32Array(12 * 200))),
    'rows that wait of others': changed({}, wrong('layers.2.waiting', new Float32Array(7))),
    'counters of nobody': changed({}, wrong('layers.0.counters', Float64Array.of(-1, 1))),
    'infinite weights': changed(
      {},
      {
        ...tensors,
        'layers.0.product.experts.c': {
          shape: [12],
          data: new Float32Array(12).fill(Number.POSITIVE_INFINITY),
        },
      },
    ),
  }
  for (const [what, each] of Object.entries(files)) assert.throws(() => Stack.load(each), isRefusal, what)
  const version = writeSafetensors(tensors, { ...unsummed, version: '2' })
  assert.throws(
    () => Stack.load(version),
    (error: unknown) => error instanceof ModelVersionError,
  )
  Stack.load(changed({})).release()
})

test('options that are none are refused', () => {
  const make = (more: object) => () => new Stack(visible, { ...options, ...more } as StackOptions)
  assert.throws(make({ layers: [] }), /1 to 64 layers/)
  assert.throws(make({ layers: [{}] }), /hidden of layer 0/)
  assert.throws(make({ layers: [{ hidden: 4, replicas: 2 }, { hidden: 3 }] }), /replicas 1 in layer 0/)
  assert.throws(make({ layers: [{ hidden: 4, huh: 2 }] }), /'huh'/)
  assert.throws(make({ learning: 'sometimes' }), /'together' or 'in turn'/)
  assert.throws(make({ rowsPerLayer: 10 }), /'in turn' beside rowsPerLayer/)
  assert.throws(make({ initialRows: -1 }), /initialRows/)
  assert.throws(make({ seed: 'x' }), /seed as a number/)
  assert.throws(make({ initialRow: 3 }), /options of a stack: layers, .*; got "initialRow"/)
  const isWrongKind = (error: unknown) =>
    error instanceof TypeError && /^Expected visible groups as a list/.test(error.message)
  for (const groups of [3, undefined, [undefined]])
    assert.throws(() => new Stack(groups as never, options), isWrongKind)
})

test('rows that wait are learned when the stack is told what to start from', () => {
  const start = rowsOf(40, 6)
  const own: StackOptions = { layers: [{ hidden: 6 }] }
  const [waited, told] = [20, 0].map(initialRows => new Stack(visible, { ...own, initialRows }))
  const early = rowsOf(5, 1)
  waited.learnMany(early)
  waited.initialise(start)
  told.initialise(start)
  told.learnMany(early)
  assert.equal([...waited.learned], [5])
  assert.equal(waited.products[0].tensors(), told.products[0].tensors())
  const together = new Stack(visible, options)
  together.learnMany(early)
  together.initialise(start)
  assert.equal([...together.learned], [5, 5, 5])
  together.learnMany(early)
  assert.equal([...together.learned], [10, 10, 10])
  assert.equal(Stack.load(together.save()).save(), together.save())
  const inTurn = new Stack(visible, { ...options, learning: 'in turn', rowsPerLayer: 5 })
  inTurn.learnMany(early)
  inTurn.initialise(start)
  assert.equal([inTurn.turn, ...inTurn.learned], [1, 5, 0, 0])
})

test('a file in the wrong place is told what it is and what loads it', () => {
  const file = learnt(5).save()
  const says = (pattern: RegExp) => (error: unknown) =>
    error instanceof ModelFileError && pattern.test(error.message) && !/new model/.test(error.message)
  const toStack = /got "veto-stack", the file of a stack; load it with Stack\.load/
  assert.throws(() => Detector.load(file), says(toStack))
  assert.throws(() => Classifier.load(file), says(toStack))
  assert.throws(() => Network.load(file), says(toStack))
  const detector = new Detector()
  assert.throws(
    () => Stack.load(detector.save()),
    says(/got "veto", the file of a detector; load it with Detector\.load/),
  )
  detector.release()
  const network = new Network(2, { hidden: [], classes: [1, 2] })
  assert.throws(() => Detector.load(network.save()), says(/network; load it with Network\.load/))
  network.release()
  const classifier = new Classifier(visible, { stacks: [options] })
  assert.throws(() => Detector.load(classifier.save()), says(/classifier; load it with Classifier\.load/))
  const foreign = writeSafetensors({}, { format: 'pt' })
  assert.throws(() => Detector.load(foreign), /format 'veto' in its metadata, got "pt"; learn a new model/)
})

test.run()
