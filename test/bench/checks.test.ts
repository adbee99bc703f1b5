/** Nothing is timed that does not compute what it should: the checks find what is wrong, and only that. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { kernelNamed, kernels } from '../../bench/kernels/catalogue.ts'
import { checkRival } from '../../bench/kernels/certain.ts'
import type { Problem } from '../../bench/kernels/problem.ts'
import type { Rival } from '../../bench/kernels/rival.ts'
import { sizeNamed } from '../../bench/kernels/sizes.ts'
import type { Product } from '../../pipeline/experts/product.ts'
import { rbm } from '../../pipeline/experts/rbm.ts'
import { sparse } from '../../pipeline/experts/sparse.ts'

/** The smallest size of a kernel that is checked in a moment. */
const small = (name: string) => {
  const kernel = kernelNamed(name)
  return { kernel, size: sizeNamed(kernel, kernel.anySize ? '24x12' : kernel.sizes[0].name)! }
}

for (const { name } of kernels) {
  test(`${name} agrees with its oracle`, () => {
    const { kernel, size } = small(name)
    assert.ok(kernel.check(size, false, 1) <= 1)
  })
}

/** What a check says of a family whose products are spoilt. */
function checkedWith(
  family: { create: typeof rbm.create },
  name: string,
  spoil: (product: Product) => Partial<Product>,
) {
  const { create } = family
  family.create = (...args) => {
    const product = create(...args)
    return new Proxy(product, {
      get: (_, key) => {
        const spoilt = spoil(product)
        if (key in spoilt) return spoilt[key as keyof Product]
        const value = product[key as keyof Product]
        return typeof value === 'function' ? value.bind(product) : value
      },
    })
  }
  try {
    const { kernel, size } = small(name)
    return kernel.check(size, false, 1)
  } finally {
    family.create = create
  }
}

const learnedTwice = (product: Product): Partial<Product> => ({
  learnMany: rows => {
    product.learnMany(rows)
    product.learnOne(rows.subarray(0, product.width))
  },
  learnOne: row => {
    product.learnOne(row)
    product.learnOne(row)
  },
})

for (const name of ['rbm/cd1', 'rbm/cd1-one-row', 'rbm/cd5', 'rbm/pcd4', 'rbm/cd1-full']) {
  test(`${name} that learns a row too many is found out`, () => {
    assert.ok(checkedWith(rbm, name, learnedTwice) > 1)
  })
}

test('sparse/one-hot-exact that learns a row too many is found out', () => {
  assert.ok(checkedWith(sparse, 'sparse/one-hot-exact', learnedTwice) > 1)
})

test('free energies that are off by a thousandth are found out', () => {
  const off = (product: Product): Partial<Product> => ({
    freeEnergies: rows => product.freeEnergies(rows).map(energy => energy * 1.001),
  })
  assert.ok(checkedWith(rbm, 'rbm/free-energies', off) > 1)
})

test('samples with one value wrong are found out', () => {
  const off = (product: Product): Partial<Product> => ({
    sample: (count, sweeps) => product.sample(count, sweeps).map((x, i) => (i === 5 ? 1 - x : x)),
  })
  assert.ok(checkedWith(rbm, 'rbm/sample', off) > 1)
})

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x))

/** CD-1 in plain JavaScript; `forget` leaves a part of it out. */
function naive(forget?: 'negative phase' | 'biases'): Rival {
  let machine: Problem
  const up = ({ width, w, c }: Problem, v: ArrayLike<number>) =>
    Array.from(c, (bias, j) => {
      let input = bias
      for (let i = 0; i < width; i++) input += w[j * width + i] * v[i]
      return sigmoid(input)
    })
  return {
    name: `naive without ${forget ?? 'fault'}`,
    version: '1',
    comparable: true,
    async load(problem) {
      const { w, b, c } = problem
      machine = { ...problem, w: w.slice(), b: b.slice(), c: c.slice() }
    },
    async learn(_, rate) {
      const { width, hidden, w, b, c, rows } = machine
      const v0 = rows.subarray(0, width)
      const h0 = up(machine, v0)
      const v1 = Array.from(b, (bias, i) => {
        let input = bias
        for (let j = 0; j < hidden; j++) input += w[j * width + i] * Math.round(h0[j])
        return sigmoid(input)
      })
      const h1 = forget === 'negative phase' ? h0.map(() => 0) : up(machine, v1)
      for (let k = 0; k < w.length; k++) {
        const [j, i] = [Math.floor(k / width), k % width]
        w[k] += rate * (h0[j] * v0[i] - h1[j] * v1[i])
      }
      if (forget === 'biases') return 1
      for (let i = 0; i < width; i++) b[i] += rate * (v0[i] - v1[i])
      for (let j = 0; j < hidden; j++) c[j] += rate * (h0[j] - h1[j])
      return 1
    },
    parameters: async () => machine,
    close: () => {},
  }
}

async function refusal(rival: Rival): Promise<string> {
  try {
    await checkRival(rival, 24, 12)
    return ''
  } catch (error) {
    return (error as Error).message
  }
}

test('a rival that does CD-1 may take part', async () => {
  assert.is(await refusal(naive()), '')
})

for (const fault of ['negative phase', 'biases'] as const) {
  test(`a rival without ${fault} is refused`, async () => {
    assert.match(
      await refusal(naive(fault)),
      /^Expected one update of naive without .* at 24×12 to be CD-1, got /,
    )
  })
}

test.run()
