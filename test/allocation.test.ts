/** The hot path allocates nothing: a heap profile over a million records names no function of the kernel layer. */
import { type HeapProfiler, Session } from 'node:inspector/promises'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { uniforms } from '../fixtures/random.ts'
import type { Product } from '../pipeline/experts/product.ts'
import { prototype } from '../pipeline/experts/prototype.ts'
import { rbm } from '../pipeline/experts/rbm.ts'

const RECORDS = 1_000_000
/** Bytes between two samples: a single number boxed for each record, 12 bytes, would give thousands of samples. */
const INTERVAL = 4096

const isKernelLayer = ({ callFrame: { url, functionName } }: HeapProfiler.SamplingHeapProfileNode) =>
  /pipeline\/kernel[\w-]*\.ts$/.test(url) || url.startsWith('wasm:') || /wasm/.test(functionName)

/** Bytes that functions of the kernel layer took while `run` ran, whether they were given back or not, and who they are. */
async function bytesOfKernelLayer(run: () => void): Promise<{ bytes: number; names: string[] }> {
  const session = new Session()
  session.connect()
  await session.post('HeapProfiler.startSampling', {
    samplingInterval: INTERVAL,
    includeObjectsCollectedByMajorGC: true,
    includeObjectsCollectedByMinorGC: true,
  } as HeapProfiler.StartSamplingParameterType)
  run()
  const { profile } = await session.post('HeapProfiler.stopSampling')
  session.disconnect()
  let bytes = 0
  const names: string[] = []
  const visit = (node: HeapProfiler.SamplingHeapProfileNode) => {
    if (isKernelLayer(node) && node.selfSize > 0) {
      bytes += node.selfSize
      names.push(`${node.callFrame.functionName} (${node.selfSize})`)
    }
    node.children.forEach(visit)
  }
  visit(profile.head)
  return { bytes, names }
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

for (const [name, create] of Object.entries(products)) {
  test(`${name}: a million records scored and learned allocate nothing in the kernel layer`, async () => {
    const product = create()
    const rows = rowsOf(64, product.width)
    const views = Array.from({ length: 64 }, (_, k) =>
      rows.subarray(k * product.width, (k + 1) * product.width),
    )
    const run = (count: number) => {
      let sum = 0
      for (let k = 0; k < count; k++) {
        sum += product.freeEnergy(views[k % 64])
        product.learnOne(views[k % 64])
      }
      return sum
    }
    // Until the engine has compiled the loop, it boxes every number.
    run(100_000)
    const { bytes, names } = await bytesOfKernelLayer(() => assert.ok(Number.isFinite(run(RECORDS))))
    // Less than one byte for ten records: what is left are the engine's own notes about its code.
    assert.ok(bytes < RECORDS / 10, `${bytes} bytes: ${names.join(', ')}`)
    product.release()
  })
}

test('the profile sees what is allocated: a copy of every row shows', async () => {
  const product = products.rbm()
  const row = rowsOf(1, product.width)
  const run = (count: number) => {
    for (let k = 0; k < count; k++) product.reconstruct(row)
  }
  run(10_000)
  const { bytes } = await bytesOfKernelLayer(() => run(20_000))
  assert.ok(bytes > 20_000 * 4 * product.width, `${bytes} bytes`)
  product.release()
})

test('a call of the kernel is a call of WebAssembly itself, without a wrapper', async () => {
  const { openKernel } = await import('../pipeline/kernel.ts')
  const binaries = await import('../pipeline/binaries/rbm.ts')
  for (const [name, call] of Object.entries(openKernel(binaries).exports)) {
    if (typeof call === 'function') assert.match(String(call), /\[native code\]/, name)
  }
})

test.run()
