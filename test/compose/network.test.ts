/** Networks: gradients against finite differences of a float64 oracle, stacks that go on as networks, files. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { uniforms } from '../../fixtures/random.ts'
import { fineTune } from '../../pipeline/compose/fine-tune.ts'
import { Network, type NetworkOptions } from '../../pipeline/compose/network.ts'
import { Stack } from '../../pipeline/compose/stack.ts'
import { DivergedError, ModelFileError } from '../../pipeline/errors.ts'
import type { Tensors, VisibleGroup } from '../../pipeline/experts/product.ts'
import { prototype } from '../../pipeline/experts/prototype.ts'
import { readSafetensors, writeSafetensors } from '../../pipeline/state/safetensors.ts'
import { kernelsFor, targets } from '../assembly/compile.ts'

const D = 13
const classes = ['a', 'b', 'c']

/** Noisy prototypes of three classes, a third of whose values are zero, one in twenty missing. */
function examples(count: number, seed: number) {
  const uniform = uniforms(seed)
  const fixed = uniforms(99)
  const centres = classes.map(() =>
    Float32Array.from({ length: D }, () => (fixed() < 0.33 ? 0 : 2 * fixed() - 1)),
  )
  const labels: string[] = []
  const rows = new Float32Array(count * D)
  for (let n = 0; n < count; n++) {
    const k = Math.floor(uniform() * classes.length)
    labels.push(classes[k])
    for (let i = 0; i < D; i++) {
      const value = centres[k][i] === 0 ? 0 : centres[k][i] + 1.5 * (uniform() - 0.5)
      rows[n * D + i] = uniform() < 0.05 ? Number.NaN : value
    }
  }
  return { rows, labels, at: (n: number) => rows.subarray(n * D, (n + 1) * D) }
}
const train = examples(600, 1)
const fresh = examples(300, 2)
const options: NetworkOptions = { hidden: [9, 5], classes, weightScale: 2 }
const made = (more: Partial<NetworkOptions> = {}) => new Network(D, { ...options, ...more })
const trained = (more: Partial<NetworkOptions> = {}, count = 600) => {
  const network = made(more)
  network.learnMany(train.rows.subarray(0, count * D), train.labels.slice(0, count))
  return network
}
const errorOf = (network: Network) =>
  fresh.labels.filter((label, n) => network.predictOne(fresh.at(n)).label !== label).length / 300
const isRefusal = (error: unknown) => error instanceof ModelFileError

type Weights = Record<string, Float64Array>

/** −log p(label | row), in float64 and without anything of the network's own. */
function lossOf(weights: Weights, sizes: readonly number[], row: ArrayLike<number>, label: number): number {
  let below = Array.from(row, value => (Number.isNaN(value) ? 0 : value))
  for (let l = 0; l + 1 < sizes.length; l++) {
    const input = Array.from({ length: sizes[l + 1] }, (_, j) =>
      below.reduce(
        (sum, x, i) => sum + x * weights[`layers.${l}.weights`][i * sizes[l + 1] + j],
        weights[`layers.${l}.biases`][j],
      ),
    )
    if (l + 2 === sizes.length) return Math.log(input.reduce((sum, a) => sum + Math.exp(a), 0)) - input[label]
    below = input.map(a => 1 / (1 + Math.exp(-a)))
  }
  throw new RangeError('no layers')
}

const inDouble = (tensors: Tensors): Weights =>
  Object.fromEntries(Object.entries(tensors).map(([name, { data }]) => [name, Float64Array.from(data)]))

/** Central differences of the loss along every weight and bias. */
function gradientOf(weights: Weights, sizes: readonly number[], row: Float32Array, label: number): Weights {
  const step = 1e-5
  const own = Object.entries(weights).filter(([name]) => /^layers\.\d+\.(weights|biases)$/.test(name))
  return Object.fromEntries(
    own.map(([name, values]) => [
      name,
      values.map((value, i) => {
        const at = (moved: number) => {
          values[i] = moved
          const loss = lossOf(weights, sizes, row, label)
          values[i] = value
          return loss
        }
        return (at(value + step) - at(value - step)) / (2 * step)
      }),
    ]),
  )
}

const RATE = 0.5
/**
 * Rounding to 2⁻²⁴ of weights of at most 8, of sums of at most 20 terms of the order of one, divided by the rate; differences
 * are as near as 1e-9.
 */
const NEAR = (8 * 2 ** -24 + 40 * 2 ** -24) / RATE

test('one step is the gradient of the loss times the rate, in every engine', () => {
  for (const target of targets()) {
    for (const hidden of [[], [9], [9, 5], [8, 16, 4]]) {
      const network = made({ hidden, learningRate: RATE, learningRateDecay: 0, kernels: kernelsFor(target) })
      const sizes = [D, ...hidden, 3]
      for (let n = 0; n < 4; n++) {
        const before = inDouble(network.tensors())
        network.learnOne(train.at(n), train.labels[n])
        const after = network.tensors()
        const gradient = gradientOf(before, sizes, train.at(n), classes.indexOf(train.labels[n]))
        for (const [name, values] of Object.entries(gradient)) {
          for (const [i, derivative] of values.entries()) {
            const moved = (before[name][i] - after[name].data[i]) / RATE
            assert.ok(
              Math.abs(moved - derivative) < NEAR,
              `${target} ${hidden} ${name}[${i}]: ${moved}, ${derivative}`,
            )
          }
        }
      }
      network.release()
    }
  }
})

test('momentum, weight decay, the schedule and batches are those of an update in float64', () => {
  for (const batch of [1, 3]) {
    const [momentum, weightDecay, learningRateDecay] = [0.8, 0.01, 5]
    const network = made({
      learningRate: RATE,
      learningRateDecay,
      learningRateFloor: 0.1,
      momentum,
      weightDecay,
      batch,
    })
    const sizes = [D, 9, 5, 3]
    const weights = inDouble(network.tensors())
    const velocity: Weights = {}
    let sums: Weights = {}
    for (let n = 0; n < 9; n++) {
      const rate = Math.max(0.1, RATE / Math.sqrt(1 + n / learningRateDecay))
      const gradient = gradientOf(weights, sizes, train.at(n), classes.indexOf(train.labels[n]))
      for (const [name, values] of Object.entries(gradient))
        sums[name] = values.map((value, i) => value + (sums[name]?.[i] ?? 0))
      network.learnOne(train.at(n), train.labels[n])
      if ((n + 1) % batch !== 0) continue
      for (const [name, values] of Object.entries(sums)) {
        const decay = name.endsWith('weights') ? rate * weightDecay : 0
        velocity[name] ??= new Float64Array(values.length)
        for (let i = 0; i < values.length; i++) {
          velocity[name][i] =
            momentum * velocity[name][i] - (rate / batch) * values[i] - decay * weights[name][i]
          weights[name][i] += velocity[name][i]
        }
      }
      sums = {}
    }
    const told = network.tensors()
    for (const name of Object.keys(velocity)) {
      // Nine steps with roundings as above, which momentum makes five times as large.
      const far = told[name].data.findIndex((value, i) => Math.abs(value - weights[name][i]) > 45 * NEAR)
      assert.is(far, -1, `batch ${batch}, ${name}`)
    }
  }
})

test('learning improves, with every way to take steps', () => {
  const ways: Partial<NetworkOptions>[] = [
    { learningRate: 0.5 },
    { learningRate: 0.05, momentum: 0.9 },
    { learningRate: 0.5, momentum: 0.5, batch: 5, weightDecay: 1e-4 },
    { hidden: [], learningRate: 0.1 },
  ]
  const before = errorOf(made())
  for (const way of ways) {
    const network = trained(way)
    network.learnMany(train.rows, train.labels)
    assert.ok(
      errorOf(network) < 0.1 && before > 0.4,
      `${JSON.stringify(way)}: ${errorOf(network)} after ${before}`,
    )
  }
})

test('a network has the activations of the stack that it is made of, whatever its units, and goes on from there', () => {
  const visible: VisibleGroup[] = [
    { kind: 'bernoulli', size: 6 },
    { kind: 'softmax', size: 3 },
    { kind: 'real', size: 3 },
    { kind: 'count', size: 4 },
  ]
  const uniform = uniforms(5)
  const row = () => {
    const k = Math.floor(3 * uniform())
    const bits = Array.from({ length: 6 }, (_, i) => Number(uniform() < (i % 3 === k ? 0.9 : 0.2)))
    const numbers = [0, 1, 2].map(i => 3 * Number(i === k) + uniform())
    return { k, row: Float32Array.of(...bits, ...[0, 1, 2].map(i => Number(i === k)), ...numbers, k + 1) }
  }
  for (const averaging of [true, false]) {
    const layers = [8, 5].map(hidden => ({ hidden, averaging, learningRate: 0.05 }))
    const stack = new Stack(visible, { layers, initialRows: 50 })
    for (let n = 0; n < 300; n++) stack.learnOne(row().row)
    const file = stack.save()
    const network = fineTune(stack, [0, 1, 2], { learningRate: 0.3 })
    for (let n = 0; n < 20; n++) {
      const { row: each } = row()
      const gaps = each.slice()
      gaps[n % 6] = Number.NaN
      for (const layer of [0, 1]) {
        for (const probe of [each, gaps]) {
          const [told, expected] = [network.transformOne(probe, layer), stack.transformOne(probe, layer)]
          // Sums of twelve terms of up to some tens, in another order: 1e-5 of a quarter of them, and of two layers.
          assert.ok(
            told.every((share, j) => Math.abs(share - expected[j]) < 2e-5),
            `layer ${layer}`,
          )
        }
      }
      assert.equal(network.predictOne(each).probabilities, new Float32Array(3).fill(1 / 3))
    }
    for (let n = 0; n < 2000; n++) {
      const { k, row: each } = row()
      network.learnOne(each, k)
    }
    const wrong = Array.from({ length: 100 }, row).filter(({ k, row }) => network.predictOne(row).label !== k)
    assert.ok(wrong.length <= 5, `${wrong.length} of 100 wrong`)
    assert.equal(stack.save(), file)
  }
  const other = prototype.create([{ kind: 'real', size: 2 }])
  assert.throws(() => fineTune({ products: [other] }, [0, 1]), /rbm/)
})

test('asking changes nothing, nor do rows and labels that are refused', () => {
  const network = trained()
  const before = network.save()
  network.predictOne(fresh.at(0))
  network.transformOne(fresh.at(0), 0)
  const infinite = fresh.at(0).slice().fill(Number.POSITIVE_INFINITY, 4, 5)
  assert.throws(
    () => network.learnOne(infinite, 'a'),
    /finite values, or NaN for missing ones, got Infinity at position 4/,
  )
  assert.throws(() => network.predictOne(infinite), /position 4/)
  assert.throws(() => network.learnOne(fresh.at(0), 'd'), /"a", "b", "c", got "d"/)
  assert.throws(() => network.learnOne(new Float32Array(3), 'a'), /13 values/)
  assert.throws(() => network.learnMany(fresh.rows, ['a']), /300 labels, one a row, got 1/)
  assert.throws(() => network.transformOne(fresh.at(0), 2), /hidden layer from 0 to 1, got 2/)
  assert.equal(network.save(), before)
  network.release()
  assert.throws(() => network.predictOne(fresh.at(0)), /released/)
})

test('a network that was saved goes on bit for bit, in the middle of a batch too', () => {
  for (const more of [{}, { momentum: 0.9 }, { batch: 7, weightDecay: 1e-3 }, { batch: 4, momentum: 0.5 }]) {
    const network = trained(more, 100)
    const loaded = Network.load(network.save())
    assert.is(loaded.learned, 100)
    for (const each of [network, loaded]) each.learnMany(train.rows, train.labels)
    assert.equal(loaded.save(), network.save())
    const single = Network.load(trained(more, 100).save())
    for (const [n, label] of train.labels.entries()) single.learnOne(train.at(n), label)
    assert.equal(single.save(), network.save())
  }
})

test('weights that grow beyond all bounds are reported', () => {
  const network = made({ learningRate: 1000, learningRateDecay: 0, momentum: 0.99 })
  const huge = new Float32Array(D).fill(1e37)
  assert.throws(
    () => {
      for (let n = 0; n < 500; n++)
        network.learnOne(n % 2 === 0 ? huge : huge.map(value => -value), classes[n % 3])
    },
    (error: unknown) => error instanceof DivergedError,
  )
})

test('damaged files, and options that are none, are refused', () => {
  const file = trained({ batch: 4, momentum: 0.5 }, 10).save()
  const damaged = file.slice()
  damaged[file.length - 20] ^= 16
  assert.throws(() => Network.load(damaged), /checksum/)
  const { tensors, metadata } = readSafetensors(file)
  const { checksum: _, ...unsummed } = metadata
  const described = JSON.parse(metadata.described)
  const changed = (change: object, more: Tensors = {}) =>
    writeSafetensors(
      { ...tensors, ...more },
      { ...unsummed, described: JSON.stringify({ ...described, ...change }) },
    )
  const files = {
    'huge layers': changed({ sizes: [D, 2 ** 20, 2 ** 20] }),
    'other layers': changed({ sizes: [D, 9, 6] }),
    'a class more': changed({ classes: [...classes, 'd'] }),
    'a class twice': changed({ classes: ['a', 'b', 'b'] }),
    'no batches': changed({ batch: 1 }),
    'a rate below zero': changed({ learningRate: -1 }),
    'more that wait than a batch has': changed(
      {},
      { counters: { shape: [2], data: Float64Array.of(10, 4) } },
    ),
    'weights that are none': changed(
      {},
      { 'layers.1.biases': { shape: [5], data: new Float32Array(5).fill(Number.NaN) } },
    ),
    'weights of nobody': changed({}, { 'layers.7.biases': { shape: [1], data: new Float32Array(1) } }),
  }
  for (const [what, each] of Object.entries(files)) assert.throws(() => Network.load(each), isRefusal, what)
  Network.load(changed({})).release()
  assert.throws(() => made({ hidden: [0] }), /1 to 1048576 units/)
  assert.throws(() => made({ classes: ['a'] }), /2 to 1024 different classes/)
  assert.throws(() => made({ batch: 0.5 }), /batch/)
  assert.throws(() => new Network(D, { ...options, huh: 1 } as never), /'huh'/)
  const isWrongKind = (message: RegExp) => (error: unknown) =>
    error instanceof TypeError && message.test(error.message)
  for (const given of [undefined, null, 'x'])
    assert.throws(
      () => new Network(D, given as never),
      isWrongKind(/^Expected options of a network, such as/),
    )
  for (const hidden of [undefined, 3, '12'])
    assert.throws(
      made.bind(null, { hidden } as never),
      isWrongKind(/^Expected hidden as a list .* such as \[100\]/),
    )
  assert.throws(() => new Network(0, options), /1 to 1048576 units, got 0, 9, 5/)
  assert.throws(() => new Network('3' as never, options), /1 to 1048576 units, got "3", 9, 5/)
  assert.throws(
    () => fineTune({ products: [] }, classes),
    (error: unknown) => error instanceof RangeError && /at least one layer .* got none/.test(error.message),
  )
  for (const stack of [undefined, {}, { products: 3 }])
    assert.throws(() => fineTune(stack as never, classes), isWrongKind(/^Expected a stack, or/))
  assert.throws(() => fineTune({ products: [undefined] } as never, classes), isWrongKind(/rbm/))
})

test.run()
