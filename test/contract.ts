/**
 * What every family of experts promises, whatever its mathematics. `checkContract` runs over the list of families: a
 * new one is tested by being listed.
 */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { uniforms } from '../fixtures/random.ts'
import type { Family, FamilyOptions, Product, Tensors, VisibleGroup } from '../pipeline/experts/product.ts'
import { randomRow, randomRows } from './reference/rows.ts'

/** Visible layers made of the units that the family's encodings need. */
function layersOf({ encodings }: Family): [string, VisibleGroup[]][] {
  const uses = new Set(Object.values(encodings))
  const bits = (size: number): VisibleGroup => ({ kind: 'bernoulli', size })
  const states = (size: number): VisibleGroup => ({ kind: 'softmax', size })
  const layers: [string, VisibleGroup[]][] = []
  if (uses.has('bit')) layers.push(['bits', [bits(13)]])
  if (uses.has('one-hot') || uses.has('bins')) layers.push(['groups', [states(4), states(2), states(9)]])
  if (layers.length === 2) layers.push(['bits and groups', [bits(1), states(5), bits(1), bits(6), states(3)]])
  return layers
}

const bytesOf = (tensors: Tensors) =>
  Object.fromEntries(
    Object.entries(tensors).map(([name, { data }]) => [
      name,
      Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('hex'),
    ]),
  )
const without = <T>(record: Record<string, T>, name: string) =>
  Object.fromEntries(Object.entries(record).filter(([key]) => key !== name))
const groupCount = (visible: readonly VisibleGroup[]) =>
  visible.reduce((count, { kind, size }) => count + (kind === 'softmax' ? 1 : size), 0)

/** What a call threw. */
function thrownBy(call: () => unknown): unknown {
  try {
    call()
  } catch (error) {
    return error
  }
  return undefined
}

const throws = (kind: typeof TypeError | typeof RangeError, call: () => unknown, message: RegExp) => {
  const error = thrownBy(call)
  assert.instance(error, kind)
  assert.match((error as Error).message, message)
}

/** Everything that a product says without changing. */
function ask(product: Product, row: Float32Array) {
  const groups = groupCount(product.visible)
  return {
    energy: product.freeEnergy(row),
    energies: product.freeEnergies(row),
    surprise: product.surprise(row),
    conditionals: Array.from({ length: groups }, (_, group) => product.conditional(row, group)),
    reconstruction: product.reconstruct(row, 2),
    features: product.transformOne(row),
  }
}

export function checkContract(family: Family): void {
  for (const [layer, visible] of layersOf(family)) {
    for (const [use, options] of [
      ['default options', {}],
      ['options for streams', family.streamOptions],
    ] as [string, FamilyOptions][]) {
      checkLayer(`${family.name}, ${layer}, ${use}`, family, visible, options)
    }
  }
  checkRefusals(family)
}

function checkLayer(
  title: string,
  family: Family,
  visible: readonly VisibleGroup[],
  options: FamilyOptions,
): void {
  const create = (seed = 3) => family.create(visible, { ...options, seed })
  const rows = (seed: number, count: number, missing = 0.1) =>
    randomRows(visible, count, uniforms(seed), missing)
  const learned = (count = 60, seed = 3) => {
    const product = create(seed)
    product.initialise(rows(1, 10))
    product.learnMany(rows(2, count))
    return product
  }

  test(`${title}: width, groups and options are what was asked for`, () => {
    const product = create(8)
    assert.is(product.family, family.name)
    assert.is(
      product.width,
      visible.reduce((sum, { size }) => sum + size, 0),
    )
    assert.equal(product.visible, visible)
    for (const [name, value] of Object.entries({ ...options, seed: 8 }))
      assert.is(product.options[name], value)
    product.release()
  })

  test(`${title}: asking changes nothing`, () => {
    const product = learned()
    const before = bytesOf(product.tensors())
    for (const missing of [0, 0.4]) ask(product, randomRow(visible, uniforms(4), missing))
    assert.equal(bytesOf(product.tensors()), before)
    product.release()
  })

  test(`${title}: learnMany is learnOne in turn, bit for bit`, () => {
    const many = learned()
    const one = create()
    one.initialise(rows(1, 10))
    const all = rows(2, 60)
    for (let at = 0; at < all.length; at += one.width) one.learnOne(all.subarray(at, at + one.width))
    assert.equal(bytesOf(one.tensors()), bytesOf(many.tensors()))
    many.release()
    one.release()
  })

  test(`${title}: going on after restoring is going on without stopping`, () => {
    const whole = learned()
    const resumed = create(99)
    resumed.restore(whole.tensors())
    for (const product of [whole, resumed]) {
      product.learnMany(rows(5, 45))
      product.sample(3, 2)
      product.learnMany(rows(6, 5))
    }
    assert.equal(bytesOf(resumed.tensors()), bytesOf(whole.tensors()))
    const row = randomRow(visible, uniforms(7))
    assert.equal(ask(resumed, row), ask(whole, row))
    assert.equal(resumed.sample(4, 3), whole.sample(4, 3))
    whole.release()
    resumed.release()
  })

  test(`${title}: tensors are copies`, () => {
    const product = learned()
    const before = bytesOf(product.tensors())
    for (const { data } of Object.values(product.tensors())) data.fill(0)
    assert.equal(bytesOf(product.tensors()), before)
    product.release()
  })

  test(`${title}: the seed decides`, () => {
    const [first, second, other] = [learned(60, 3), learned(60, 3), learned(60, 4)]
    assert.equal(bytesOf(first.tensors()), bytesOf(second.tensors()))
    assert.not.equal(bytesOf(first.tensors()), bytesOf(other.tensors()))
    for (const product of [first, second, other]) product.release()
  })

  test(`${title}: products in one instance do not touch each other`, () => {
    const alone = bytesOf(learned().tensors())
    const wide = family.create([...visible, ...visible], { ...options, seed: 5 })
    const product = create()
    product.initialise(rows(1, 10))
    const all = rows(2, 60)
    for (let at = 0; at < all.length; at += product.width) {
      wide.learnMany(randomRows(wide.visible, 2, uniforms(at)))
      product.learnOne(all.subarray(at, at + product.width))
      wide.sample(2, 1)
      ask(wide, randomRow(wide.visible, uniforms(at + 1)))
    }
    assert.equal(bytesOf(product.tensors()), alone)
    wide.release()
    product.release()
  })

  test(`${title}: memory that was given back starts anew`, () => {
    const first = learned()
    const expected = bytesOf(first.tensors())
    first.release()
    first.release()
    throws(TypeError, () => first.freeEnergy(new Float32Array(first.width)), /released/)
    for (let n = 0; n < 50; n++) {
      const next = learned()
      if (n % 10 === 9) assert.equal(bytesOf(next.tensors()), expected)
      next.release()
    }
  })

  test(`${title}: freeEnergies is freeEnergy of each row`, () => {
    const product = learned()
    const all = rows(8, 7)
    const each = Float32Array.from({ length: 7 }, (_, n) =>
      product.freeEnergy(all.subarray(n * product.width, (n + 1) * product.width)),
    )
    assert.equal(product.freeEnergies(all), each)
    assert.is(product.freeEnergies(new Float32Array(0)).length, 0)
    product.release()
  })

  test(`${title}: surprise is −log of the conditional, and conditionals add up to one`, () => {
    const product = learned()
    const row = randomRow(visible, uniforms(9)).map(Math.round)
    const surprise = product.surprise(row)
    assert.is(surprise.length, groupCount(visible))
    let start = 0
    let group = 0
    for (const { kind, size } of visible) {
      for (let unit = 0; unit < (kind === 'softmax' ? 1 : size); unit++, group++) {
        const means = product.conditional(row, group)
        const values = kind === 'softmax' ? row.subarray(start, start + size) : row.subarray(start + unit)
        const total = means.reduce((sum, mean) => sum + mean, 0)
        const chosen = kind === 'softmax' ? means[values.indexOf(1)] : values[0] ? means[0] : 1 - means[0]
        if (kind === 'softmax') assert.ok(Math.abs(total - 1) < 1e-5)
        // Two roads to one number, each with a relative error of a few float32 roundings of p.
        if (chosen !== undefined)
          assert.ok(Math.abs(Math.exp(-surprise[group]) - chosen) < 1e-5, `group ${group}`)
      }
      start += size
    }
    product.release()
  })

  test(`${title}: missing values are left out and filled in`, () => {
    const product = learned()
    const row = randomRow(visible, uniforms(10), 0.5)
    const { energy, surprise, conditionals, reconstruction, features } = ask(product, row)
    const numbers = [energy, ...conditionals.flatMap(means => [...means]), ...reconstruction, ...features]
    assert.ok(numbers.every(Number.isFinite))
    let start = 0
    let group = 0
    for (const { kind, size } of visible) {
      const firsts = kind === 'softmax' ? [start] : Array.from({ length: size }, (_, unit) => start + unit)
      for (const first of firsts) assert.is(Number.isNaN(surprise[group++]), Number.isNaN(row[first]))
      start += size
    }
    // A softmax group is missing when its first value is; nothing at all is a row as well.
    const nothing = new Float32Array(product.width).fill(Number.NaN)
    product.learnOne(nothing)
    assert.ok(Number.isFinite(product.freeEnergy(nothing)))
    assert.ok(product.surprise(nothing).every(Number.isNaN))
    product.release()
  })

  test(`${title}: sampling does not disturb learning`, () => {
    const sampled = learned()
    const quiet = learned()
    const samples = sampled.sample(5, 3)
    assert.is(samples.length, 5 * sampled.width)
    assert.ok(samples.every(Number.isFinite))
    assert.not.equal(sampled.sample(50, 2), sampled.sample(50, 2))
    for (const product of [sampled, quiet]) product.learnMany(rows(11, 30))
    // The one thing that differs is the state of the generator for samples.
    assert.equal(without(bytesOf(sampled.tensors()), 'random'), without(bytesOf(quiet.tensors()), 'random'))
    sampled.release()
    quiet.release()
  })

  test(`${title}: numbers stay finite`, () => {
    const product = create()
    for (let part = 0; part < 20; part++) product.learnMany(rows(part, 200, part % 2 ? 0.3 : 0))
    for (const [name, { data }] of Object.entries(product.tensors()))
      assert.ok(data.every(Number.isFinite), name)
    assert.ok(product.freeEnergies(rows(50, 50)).every(Number.isFinite))
    product.release()
  })

  test(`${title}: what it has seen a lot becomes likelier than what it has not`, () => {
    const product = create()
    const [seen, unseen] = [uniforms(12), uniforms(13)].map(uniform =>
      randomRow(visible, uniform).map(Math.round),
    )
    assert.not.equal(seen, unseen)
    product.learnMany(Float32Array.from({ length: 800 * product.width }, (_, i) => seen[i % product.width]))
    assert.ok(product.freeEnergy(seen) < product.freeEnergy(unseen) - 1)
    product.release()
  })

  test(`${title}: a row that is refused changes nothing`, () => {
    const product = learned()
    const before = bytesOf(product.tensors())
    for (const wrong of [2, -1, Number.POSITIVE_INFINITY]) {
      const row = randomRow(visible, uniforms(14))
      row[product.width - 1] = wrong
      const calls = [
        () => product.learnOne(row),
        () => product.initialise(row),
        () => product.freeEnergy(row),
        () => product.freeEnergies(row),
        () => product.surprise(row),
        () => product.conditional(row, 0),
        () => product.reconstruct(row),
        () => product.transformOne(row),
      ]
      for (const call of calls)
        throws(RangeError, call, new RegExp(`got ${wrong} at position ${product.width - 1}`))
    }
    assert.equal(bytesOf(product.tensors()), before)
    product.release()
  })

  test(`${title}: rows before a refused one are learned, and the error tells which it was`, () => {
    const all = rows(15, 5, 0)
    const expected = learned()
    expected.learnMany(all.subarray(0, 3 * expected.width))
    const product = learned()
    all[3 * product.width] = 7
    throws(RangeError, () => product.learnMany(all), /got 7 at position 0 of row 3/)
    assert.equal(bytesOf(product.tensors()), bytesOf(expected.tensors()))
    product.release()
    expected.release()
  })

  test(`${title}: arguments of the wrong kind or size are refused`, () => {
    const product = create()
    const { width } = product
    const groups = groupCount(visible)
    throws(
      RangeError,
      () => product.learnOne(new Float32Array(width + 1)),
      new RegExp(`${width} values.*got ${width + 1}`),
    )
    throws(RangeError, () => product.learnMany(new Float32Array(width + 1)), /multiple of/)
    throws(RangeError, () => product.freeEnergies(new Float32Array(2 * width - 1)), /multiple of/)
    throws(TypeError, () => product.freeEnergy([0, 1] as never), /Float32Array, got Array/)
    throws(TypeError, () => product.learnMany(undefined as never), /Float32Array, got undefined/)
    throws(
      RangeError,
      () => product.conditional(new Float32Array(width), groups),
      new RegExp(`0 to ${groups - 1}`),
    )
    throws(RangeError, () => product.conditional(new Float32Array(width), 0.5), /group/)
    throws(RangeError, () => product.reconstruct(new Float32Array(width), 0), /steps/)
    throws(RangeError, () => product.sample(-1, 1), /count/)
    throws(RangeError, () => product.sample(1, 1.5), /sweeps/)
    product.release()
  })

  test(`${title}: tensors of another model are refused and change nothing`, () => {
    const product = learned()
    const before = bytesOf(product.tensors())
    const other = family.create([...visible, ...visible], { ...options })
    throws(RangeError, () => product.restore(other.tensors()), /Expected tensor .* in shape .*, got /)
    for (const name of Object.keys(product.tensors())) {
      throws(RangeError, () => product.restore(without(product.tensors(), name)), new RegExp(`${name}.*got`))
      throws(
        TypeError,
        () => product.restore({ ...product.tensors(), [name]: { shape: [1], data: new Int32Array(1) } }),
        new RegExp(name),
      )
    }
    throws(
      RangeError,
      () => product.restore({ ...product.tensors(), alien: { shape: [1], data: new Float32Array(1) } }),
      /alien/,
    )
    assert.equal(bytesOf(product.tensors()), before)
    other.release()
    product.release()
  })

  test(`${title}: damaged tensors are refused or harmless`, () => {
    for (const name of Object.keys(create().tensors())) {
      for (const value of [Number.NaN, Number.POSITIVE_INFINITY, -1, 0.5, 1e30]) {
        const product = create()
        const tensors = product.tensors()
        tensors[name].data.fill(value)
        const error = thrownBy(() => product.restore(tensors))
        if (error) assert.instance(error, RangeError)
        // What was let in must not bring the kernel down.
        product.learnMany(rows(16, 30))
        product.sample(2, 2)
        const asked = thrownBy(() => ask(product, randomRow(visible, uniforms(18))))
        if (asked) assert.instance(asked, RangeError)
        product.release()
      }
    }
  })
}

function checkRefusals(family: Family): void {
  const [[, visible]] = layersOf(family)
  const title = family.name

  test(`${title}: unknown options and values that are not allowed are refused`, () => {
    throws(RangeError, () => family.create(visible, { colour: 1 }), /got 'colour'/)
    const { options } = family.create(visible)
    for (const [name, value] of Object.entries(options)) {
      const other = typeof value === 'number' ? true : 1
      throws(
        TypeError,
        () => family.create(visible, { [name]: other }),
        new RegExp(`option ${name} .*got ${other}`),
      )
      if (typeof value !== 'number') continue
      for (const wrong of [Number.NaN, -1, Number.POSITIVE_INFINITY]) {
        throws(RangeError, () => family.create(visible, { [name]: wrong }), new RegExp(`option ${name} `))
      }
    }
  })

  test(`${title}: options of a product make the same product again`, () => {
    const first = family.create(visible)
    const second = family.create(visible, first.options)
    assert.equal(second.options, first.options)
    assert.equal(bytesOf(second.tensors()), bytesOf(first.tensors()))
    assert.equal(JSON.parse(JSON.stringify(first.options)), first.options)
    first.release()
    second.release()
  })

  test(`${title}: impossible visible layers are refused`, () => {
    throws(RangeError, () => family.create([]), /at least one visible group/)
    throws(RangeError, () => family.create([{ kind: 'gaussian' as never, size: 1 }]), /'gaussian'/)
    for (const size of [0, -1, 1.5, Number.NaN]) {
      throws(
        RangeError,
        () => family.create([{ kind: visible[0].kind, size }]),
        new RegExp(`size .*got ${size}`),
      )
    }
  })

  test(`${title}: rows are handed over in blocks without a seam`, () => {
    // 4000 values a row: a block is 65 rows.
    const { kind } = visible[0]
    const wide = Array.from({ length: 1000 }, () => ({ kind, size: 4 }))
    const all = randomRows(wide, 140, uniforms(17), 0.01)
    const [many, one] = [family.create(wide), family.create(wide)]
    many.learnMany(all)
    for (let at = 0; at < all.length; at += one.width) one.learnOne(all.subarray(at, at + one.width))
    assert.equal(bytesOf(many.tensors()), bytesOf(one.tensors()))
    const energies = many.freeEnergies(all)
    for (const n of [0, 64, 65, 129, 130, 139]) {
      assert.is(energies[n], many.freeEnergy(all.subarray(n * many.width, (n + 1) * many.width)))
    }
    many.release()
    one.release()
  })

  test(`${title}: a model that no memory can hold is refused`, () => {
    throws(
      RangeError,
      () => family.create([{ kind: visible[0].kind, size: 2 ** 24 }], { hidden: 4096 }),
      /4 GiB/,
    )
  })
}
