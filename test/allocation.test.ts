/** The hot path allocates nothing but the numbers that it returns: heap profiles over a million records. */
import { type HeapProfiler, Session } from 'node:inspector/promises'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import plain from '#kernels/rbm'
import { uniforms } from '../fixtures/random.ts'
import type { Product } from '../pipeline/experts/product.ts'
import { prototype } from '../pipeline/experts/prototype.ts'
import { rbm } from '../pipeline/experts/rbm.ts'
import { openKernel } from '../pipeline/kernel.ts'

const RECORDS = 1_000_000
/** Bytes between two samples: a single number boxed for each record, 12 bytes, would give thousands of samples. */
const INTERVAL = 4096

/**
 * Bytes that were taken in `run` and in all that it calls, whether they were given back or not, and where. Calls that the
 * engine has inlined count as the function that they are inlined in.
 */
async function bytesTakenIn(
  run: (count: number) => void,
  count: number,
): Promise<{ bytes: number; where: string[] }> {
  const session = new Session()
  session.connect()
  await session.post('HeapProfiler.startSampling', {
    samplingInterval: INTERVAL,
    includeObjectsCollectedByMajorGC: true,
    includeObjectsCollectedByMinorGC: true,
  } as HeapProfiler.StartSamplingParameterType)
  run(count)
  const { profile } = await session.post('HeapProfiler.stopSampling')
  session.disconnect()
  let bytes = 0
  const where: string[] = []
  const visit = (
    { callFrame, selfSize, children }: HeapProfiler.SamplingHeapProfileNode,
    within: boolean,
  ) => {
    const inside = within || callFrame.functionName === run.name
    if (inside && selfSize > 0) {
      bytes += selfSize
      where.push(`${callFrame.functionName} (${selfSize})`)
    }
    for (const child of children) visit(child, inside)
  }
  visit(profile.head, false)
  return { bytes, where }
}

const rowsOf = (count: number, width: number) => {
  const uniform = uniforms(1)
  return Float32Array.from({ length: count * width }, () => Number(uniform() < 0.3))
}

const products: Record<string, () => Product> = {
  rbm: () => rbm.create([{ kind: 'bernoulli', size: 16 }], { hidden: 8, persistentChains: 0 }),
  'rbm, persistent chains': () => rbm.create([{ kind: 'bernoulli', size: 16 }], { hidden: 8 }),
  prototype: () => prototype.create([{ kind: 'real', size: 4 }]),
}

/** A number that a function returns, where the engine has not built the function into its caller. */
const RETURNED_NUMBER = 16
/** Bytes a record for what is taken once a block of rows: views, and the list of answers. */
const SHARE_OF_BLOCK = 0.5

/** What a stream does to a product, `count` times, and the bytes that each record may take. */
const uses: Record<string, { bytes: number; of: (product: Product) => (count: number) => void }> = {
  learnOne: {
    bytes: 0,
    of: product => {
      const rows = rowsOf(64, product.width)
      const views = Array.from({ length: 64 }, (_, k) =>
        rows.subarray(k * product.width, (k + 1) * product.width),
      )
      return function learnOne(count) {
        for (let k = 0; k < count; k++) product.learnOne(views[k % 64])
      }
    },
  },
  freeEnergy: {
    bytes: RETURNED_NUMBER,
    of: product => {
      const row = rowsOf(1, product.width)
      return function freeEnergy(count) {
        for (let k = 0; k < count; k++) product.freeEnergy(row)
      }
    },
  },
  learnMany: {
    bytes: SHARE_OF_BLOCK,
    of: product => {
      const rows = rowsOf(1000, product.width)
      return function learnMany(count) {
        for (let k = 0; k < count; k += 1000) product.learnMany(rows)
      }
    },
  },
}

for (const [name, create] of Object.entries(products)) {
  for (const [use, { bytes: allowed, of }] of Object.entries(uses)) {
    test(`${name}: a million records of ${use} take ${allowed} bytes each`, async () => {
      const product = create()
      const run = of(product)
      // Until the engine has compiled the loop, it puts every number on the heap.
      run(200_000)
      const { bytes, where } = await bytesTakenIn(run, RECORDS)
      // A tenth of a byte more for the engine's own notes about its code.
      assert.ok(bytes / RECORDS < allowed + 0.1, `${bytes} bytes: ${where.join(', ')}`)
      product.release()
    })
  }
}

test('the profile sees what is taken: a copy of every row shows', async () => {
  const product = products.rbm()
  const row = rowsOf(1, product.width)
  function reconstruct(count: number) {
    for (let k = 0; k < count; k++) product.reconstruct(row)
  }
  reconstruct(10_000)
  const { bytes } = await bytesTakenIn(reconstruct, 20_000)
  assert.ok(bytes > 20_000 * 4 * product.width, `${bytes} bytes`)
  product.release()
})

test('a call of the kernel is a call of WebAssembly itself, without a wrapper', () => {
  for (const [name, call] of Object.entries(openKernel('rbm', plain).exports)) {
    if (typeof call === 'function') assert.match(String(call), /\[native code\]/, name)
  }
})

test.run()
