/** How prototypes learn: scales by their definition, samples of the stream with the right chances, one step of CD-1. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { uniforms } from '../../fixtures/random.ts'
import type { FamilyOptions, Product } from '../../pipeline/experts/product.ts'
import { prototype } from '../../pipeline/experts/prototype.ts'
import { bytesOf } from '../contract/subject.ts'
import * as oracle from '../reference/prototype.ts'

const create = (size: number, options: FamilyOptions = {}) =>
  prototype.create([{ kind: 'real', size }], options)
const learnOne = (product: Product, row: readonly number[]) => product.learnOne(Float32Array.from(row))
const column = (rows: readonly (readonly number[])[], field: number) => rows.map(row => row[field])

/** Distinct values, ties, a tail, one that moves in a tenth of the rows, a constant, and far from zero with holes. */
function rowsOf(seed: number, count: number): number[][] {
  const uniform = uniforms(seed)
  return Array.from({ length: count }, () =>
    [
      uniform() - 0.5,
      Math.floor(3 * uniform()),
      1 / (uniform() + 1e-4),
      uniform() < 0.1 ? uniform() : 0,
      -3,
      uniform() < 0.3 ? Number.NaN : 1e5 + uniform(),
    ].map(Math.fround),
  )
}

/** Rows after which scales are found anew. */
const isDue = (seen: number) =>
  seen < 1024 ? [8, 16, 32, 64, 128, 256, 512].includes(seen) : seen % 1024 === 0

/** Relative error of 1 / s: sums in float64, rounded to float32 once. */
const ROUNDED = 2 ** -23

test('scales are the standard deviation of all rows and the mean difference of learned ones, when they are due', () => {
  // 1536 is not due.
  const rows = rowsOf(1, 1600)
  const product = create(6)
  const learned: number[][] = []
  let before = product.tensors().scales.data
  for (const [t, row] of rows.entries()) {
    // Every third row is only noticed.
    if (t % 3 === 2) product.notice(Float32Array.from(row))
    else {
      learnOne(product, row)
      learned.push(row)
    }
    const scales = product.tensors().scales.data
    for (let field = 0; field < 6; field++) {
      const all = column(rows.slice(0, t + 1), field)
      const expected = isDue(t + 1) ? oracle.inverseScales(all, column(learned, field)) : undefined
      for (const at of [field, 6 + field]) {
        const name = `row ${t}, field ${field}, at ${at}`
        if (expected) {
          const inverse = expected[Math.floor(at / 6)]
          assert.ok(Math.abs(scales[at] - inverse) <= ROUNDED * inverse, name)
        } else if (before[at] > 0) assert.is(scales[at], before[at], name)
        else {
          // What was constant gets a scale with its second value, and not before.
          const values = all.filter(value => !Number.isNaN(value))
          assert.is(scales[at] > 0, new Set(values).size > 1, name)
        }
      }
    }
    before = scales
  }
  product.release()
})

test('another value of a field that was constant is as far as its standard deviation says afterwards', () => {
  for (const n of [1, 7, 500]) {
    const product = create(2)
    for (let t = 0; t < n; t++) learnOne(product, [5, t])
    const asleep = oracle.prototypesOf(product.tensors(), product.options)
    const row = Float32Array.of(7.5, 0)
    const before = product.surprise(row)[0]
    const model = { ...asleep, inverse: asleep.inverse.map(([, other]) => [Math.sqrt(n + 1) / 2.5, other]) }
    assert.ok(Math.abs(before - oracle.surprise(model, [7.5, 0])[0]) < 1e-4)
    product.notice(row)
    const { data } = product.tensors().scales
    assert.ok(Math.abs(data[0] - Math.sqrt(n + 1) / 2.5) <= ROUNDED * data[0], `${n}: ${data[0]}`)
    assert.is(data[2], data[0])
    product.release()
  }
})

test('a field that nobody knew: the first value is everybody’s', () => {
  const product = create(2)
  for (let t = 0; t < 50; t++) learnOne(product, [t % 5, Number.NaN])
  const energy = product.freeEnergy(Float32Array.of(2, Number.NaN))
  assert.is(product.freeEnergy(Float32Array.of(2, 1e6)), energy)
  product.notice(Float32Array.of(2, 1e6))
  assert.is(product.conditional(Float32Array.of(2, Number.NaN), 1)[0], 1e6)
  assert.is(product.surprise(Float32Array.of(2, 1e6))[1], 0)
  product.release()
})

test('initialise sets scales that stay until its rows are outnumbered, and counts nothing', () => {
  const rows = rowsOf(4, 100)
  const [product, plain] = [create(6), create(6)]
  const all = Float32Array.from(rows.flat())
  product.initialise(all)
  const { scales, moments } = product.tensors()
  assert.ok(moments.data.every(value => value === 0))
  for (let field = 0; field < 6; field++) {
    const expected = oracle.inverseScales(column(rows, field), column(rows, field))
    for (const [view, inverse] of expected.entries())
      assert.ok(Math.abs(scales.data[view * 6 + field] - inverse) <= ROUNDED * inverse)
  }
  product.learnMany(all)
  plain.learnMany(all)
  assert.equal(product.tensors().moments, plain.tensors().moments)
  assert.equal(product.tensors().scales, scales)
  const more = Float32Array.from(rowsOf(5, 28).flat())
  for (const each of [product, plain]) each.learnMany(more)
  assert.equal(product.tensors().scales, plain.tensors().scales)
  product.release()
  plain.release()
})

test('notice changes scales and what they are made of, and nothing else', () => {
  const product = create(6)
  product.learnMany(Float32Array.from(rowsOf(6, 127).flat()))
  const before = bytesOf(product.tensors())
  product.notice(Float32Array.from(rowsOf(7, 1)[0]))
  const after = bytesOf(product.tensors())
  const changed = Object.keys(after).filter(name => after[name] !== before[name])
  assert.equal(changed.sort(), ['counters', 'moments', 'scales'])
  product.release()
})

/** When the rows in the centres came, if row t is the number t. */
function timesOf(options: FamilyOptions, count: number): number[] {
  const product = create(1, options)
  product.learnMany(Float32Array.from({ length: count }, (_, t) => t))
  const { experts } = oracle.prototypesOf(product.tensors(), product.options)
  assert.ok(experts.every(({ centres }) => centres.length === options.centres))
  product.release()
  return experts.flatMap(({ centres }) => centres.map(([time]) => time))
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length

test('without a bound the centres are a uniform sample of all rows', () => {
  const [experts, centres, count] = [512, 4, 3000]
  const times = timesOf({ experts, centres, decay: 0 }, count)
  // Each is uniform on 0 … count − 1; an expert's own are a little less than independent of one another.
  const deviation = count / Math.sqrt(12 * times.length)
  assert.ok(Math.abs(mean(times) - (count - 1) / 2) < 4 * deviation, `${mean(times)}`)
  // A tenth of the rows is a tenth of the centres.
  for (let part = 0; part < 10; part++) {
    const share = times.filter(time => Math.floor((10 * time) / count) === part).length
    assert.ok(Math.abs(share - times.length / 10) < 4 * Math.sqrt(0.09 * times.length), `${part}: ${share}`)
  }
})

test('with a bound of d rows a centre is replaced by each row with a chance of 1 / d', () => {
  const decay = 50
  const times = timesOf({ experts: 512, centres: 4, decay }, 2000)
  // Ages are geometric: mean d − 1, standard deviation √(d (d − 1)); none is as old as 2000.
  const ages = times.map(time => 1999 - time)
  const deviation = Math.sqrt((decay * (decay - 1)) / ages.length)
  assert.ok(Math.abs(mean(ages) - (decay - 1)) < 4 * deviation, `${mean(ages)}`)
  const young = ages.filter(age => age < 10).length / ages.length
  const expected = 1 - (1 - 1 / decay) ** 10
  assert.ok(Math.abs(young - expected) < 4 * Math.sqrt((expected * (1 - expected)) / ages.length), `${young}`)
})

test('a new row goes to an expert with room with the same chance as to one without', () => {
  const product = create(1, { experts: 2000, centres: 8, decay: 0 })
  for (let t = 0; t < 40; t++) product.notice(Float32Array.of(t))
  learnOne(product, [40])
  const taken = mean([...product.tensors()['experts.counts'].data])
  const chance = 8 / 41
  assert.ok(Math.abs(taken - chance) < 4 * Math.sqrt((chance * (1 - chance)) / 2000), `${taken}`)
  product.release()
})

test('the reservoir is a uniform sample of the learned rows as well, holes and all', () => {
  const product = create(2)
  const count = 8000
  for (let t = 0; t < count; t++) learnOne(product, [t, t % 2 ? Number.NaN : t])
  const { reservoir, 'reservoir.present': present } = product.tensors()
  const isThere = (field: number, slot: number) =>
    (present.data[32 * field + (slot >> 5)] >>> (slot & 31)) & 1
  const times = [...reservoir.data.subarray(0, 1024)]
  assert.ok(Math.abs(mean(times) - (count - 1) / 2) < (4 * count) / Math.sqrt(12 * 1024), `${mean(times)}`)
  for (const [slot, time] of times.entries()) {
    assert.is(isThere(0, slot), 1)
    assert.is(isThere(1, slot), 1 - (time % 2), `${slot}`)
    if (time % 2 === 0) assert.is(reservoir.data[1024 + slot], time)
  }
  product.release()
})

test('centres keep what was filled in for a missing value', () => {
  const product = create(2, { experts: 16, decay: 0 })
  for (let t = 0; t < 200; t++) learnOne(product, [t % 2, t % 2 ? 100 : Number.NaN])
  for (let t = 0; t < 200; t++) learnOne(product, [t % 2, 100 * (t % 2) - 50])
  const row = Float32Array.of(1, Number.NaN)
  assert.is(product.conditional(row, 1)[0], product.reconstruct(row)[1])
  const completed = Float32Array.of(1, product.reconstruct(row)[1])
  assert.is(product.freeEnergy(row), product.freeEnergy(completed))
  product.release()
})

test('a field share leaves every expert its own fields, at least one', () => {
  for (const [fieldShare, size, looked] of [
    [0, 5, 1],
    [0.5, 10, 5],
    [0.3, 7, 2],
  ]) {
    const product = create(size, { fieldShare, experts: 400 })
    const { shape, data } = product.tensors()['experts.fields']
    assert.equal(shape, [400, looked])
    const often = new Array<number>(size).fill(0)
    for (let e = 0; e < 400; e++) {
      const fields = [...data.subarray(e * looked, (e + 1) * looked)]
      assert.equal(
        fields,
        [...new Set(fields)].sort((a, b) => a - b),
      )
      for (const field of fields) often[field]++
    }
    const chance = looked / size
    for (const count of often)
      assert.ok(Math.abs(count - 400 * chance) < 4 * Math.sqrt(400 * chance * (1 - chance)))
    product.release()
  }
})

test('one step of contrastive divergence on the centres', () => {
  const rows = rowsOf(9, 300)
  const options = { experts: 9, centres: 5 }
  const [still, moved] = [create(6, options), create(6, { ...options, learningRate: 0.1 })]
  for (const each of [still, moved]) each.learnMany(Float32Array.from(rows.flat()))
  moved.restore(still.tensors())
  // The same draws replace the same centres of both; the step follows.
  for (const x of rowsOf(10, 20)) {
    for (const each of [still, moved]) learnOne(each, x)
    const expected = oracle.refined(oracle.prototypesOf(still.tensors(), options), x, 0.1)
    const got = oracle.prototypesOf(moved.tensors(), options)
    for (const [e, { centres }] of expected.experts.entries()) {
      for (const [j, centre] of centres.entries()) {
        for (const [k, value] of centre.entries()) {
          // Two moves of three roundings each, of values up to the largest of the field.
          const bound =
            8 * 2 ** -24 * Math.max(...column(rows, k).filter(Number.isFinite).map(Math.abs), Math.abs(value))
          assert.ok(Math.abs(got.experts[e].centres[j][k] - value) <= bound, `${e}, ${j}, ${k}`)
        }
      }
    }
    moved.restore(still.tensors())
  }
  still.release()
  moved.release()
})

test('samples are put together from values that fit', () => {
  // Two clusters; a mixture of them would have fields of different signs.
  const uniform = uniforms(11)
  const product = create(4)
  for (let t = 0; t < 500; t++) {
    const side = uniform() < 0.5 ? -10 : 10
    learnOne(
      product,
      [0, 1, 2, 3].map(() => side + uniform()),
    )
  }
  const samples = product.sample(200, 3)
  let positive = 0
  for (let n = 0; n < 200; n++) {
    const row = [...samples.subarray(4 * n, 4 * n + 4)]
    assert.ok(row.every(value => Math.sign(value) === Math.sign(row[0]) && Math.abs(value) < 11.1))
    positive += Number(row[0] > 0)
  }
  assert.ok(Math.abs(positive - 100) < 4 * Math.sqrt(50) + 20, `${positive}`)
  product.release()
})

test('a sweep draws a field from the others and forgets what it was', () => {
  const uniform = uniforms(13)
  const product = create(2)
  for (let t = 0; t < 1000; t++) learnOne(product, [uniform(), uniform()])
  const moved = Array.from({ length: 200 }, () => {
    const tensors = product.tensors()
    const start = product.sample(1, 0)[0]
    product.restore(tensors)
    return Math.abs(product.sample(1, 1)[0] - start)
  })
  // Two independent uniform numbers are 1/3 apart, with a deviation of √(1/18); centres near in both fields are nearer.
  assert.ok(mean(moved) > 1 / 3 - 4 * Math.sqrt(1 / 18 / 200), `${mean(moved)}`)
  product.release()
})

test('tensors that would mislead the kernel are refused', () => {
  const product = create(3, { fieldShare: 0.5, experts: 4, centres: 5 })
  const damage: [string, number, RegExp][] = [
    ['experts.counts', 6, /numbers up to 5.*experts\.counts/],
    ['experts.fields', 3, /fields below 3/],
    ['experts.centres', 1e38, /up to 8\.5.*experts\.centres/],
    ['reservoir', -1e38, /up to 8\.5.*reservoir/],
    ['scales', -1, /at least 0/],
    ['moments', -1, /moments of field 0/],
    ['moments', 2 ** 127, /moments of field 0/],
    ['counters', 0.5, /numbers of rows/],
    ['counters', 1025, /1024/],
    ['random', 0, /generator/],
  ]
  for (const [name, value, message] of damage) {
    const tensors = product.tensors()
    tensors[name].data.fill(value)
    assert.throws(
      () => product.restore(tensors),
      (error: Error) => error instanceof RangeError && message.test(error.message),
    )
  }
  product.release()
})

test.run()
