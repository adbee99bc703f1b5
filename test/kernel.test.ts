/** The layer over WebAssembly: which binary runs, where, and what happens when memory grows. */
import vm from 'node:vm'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import plain from '#kernels/rbm'
import { Detector } from '../pipeline/detector.ts'
import type { Kernels, VisibleGroup } from '../pipeline/experts/product.ts'
import { rbm } from '../pipeline/experts/rbm.ts'
import { EXPORTS, Kernel, OPTIONAL_EXPORTS, openKernel } from '../pipeline/kernel.ts'
import { kernelMemory, limitKernelMemory } from '../pipeline/kernel-memory.ts'
import { relaxed } from '../pipeline/relaxed.ts'
import { wordChecksumOf } from '../pipeline/state/checksum.ts'
import { kernelsFor, targets } from './assembly/compile.ts'

const bytesOf = (text: unknown) => Buffer.from(String(text), 'hex')
const moduleOf = (text: unknown) => new WebAssembly.Module(bytesOf(text))
const encoded = { plain, relaxed: relaxed.rbm }
const visible: VisibleGroup[] = [{ kind: 'bernoulli', size: 30 }]
const row = Float32Array.from({ length: 30 }, (_, i) => i % 2)

function learnedEnergy(kernels: Kernels): number {
  const product = rbm.create(visible, {}, kernels)
  for (let t = 0; t < 100; t++) product.learnOne(row)
  const energy = product.freeEnergy(row)
  product.release()
  return energy
}

/** Do something where WebAssembly is not what it is here. */
function under(changed: Partial<typeof WebAssembly>, work: () => void): void {
  const { validate, Module } = WebAssembly
  try {
    Object.assign(WebAssembly, changed)
    work()
  } finally {
    Object.assign(WebAssembly, { validate, Module })
  }
}

/** What compiles nothing, and says why. */
const refusing = (reason: string) =>
  function Module() {
    throw new WebAssembly.CompileError(reason)
  } as unknown as typeof WebAssembly.Module

test('a binary needs nothing from outside and exports the names of every family, and those that a family may have', () => {
  for (const target of targets()) {
    const module = moduleOf(encoded[target])
    assert.equal(WebAssembly.Module.imports(module), [])
    const names = WebAssembly.Module.exports(module).map(({ name }) => name)
    assert.equal(
      EXPORTS.filter(name => !names.includes(name)),
      [],
    )
    assert.equal(
      names.filter(name => ![...EXPORTS, ...OPTIONAL_EXPORTS].some(known => known === name)),
      [],
    )
  }
})

test('all products of a family share an instance, one for each source in use', () => {
  assert.is(openKernel('rbm', plain), openKernel('rbm', plain))
  assert.is(openKernel('rbm', plain, undefined), openKernel('rbm', plain))
  const module = moduleOf(plain)
  assert.is(openKernel('rbm', plain, module), openKernel('rbm', plain, module))
  assert.is.not(openKernel('rbm', plain, module), openKernel('rbm', plain))
})

test('relaxed SIMD runs where the engine has it, and plain SIMD where it has not', () => {
  const { validate } = WebAssembly
  const withoutRelaxed = (bytes: BufferSource) =>
    validate(bytes) && Buffer.compare(Buffer.from(bytes as Uint8Array), bytesOf(relaxed.tokens)) !== 0
  under({ validate: withoutRelaxed }, () => {
    assert.is(openKernel('rbm', plain, relaxed.tokens), openKernel('rbm', plain))
  })
  if (!targets().includes('relaxed')) return
  assert.is.not(openKernel('rbm', plain, relaxed.rbm), openKernel('rbm', plain))
  // Fused multiply-adds round once where plain ones round twice: equal up to the drift of 100 updates.
  assert.ok(Math.abs(learnedEnergy(kernelsFor('relaxed')) - learnedEnergy({})) < 0.5)
})

test('an engine without SIMD is told what it takes, and a runtime that must not compile what to do', () => {
  const Module = refusing('not here')
  under({ validate: () => false, Module }, () => {
    assert.throws(() => openKernel('rbm', plain, bytesOf(plain)), /Expected an engine with WebAssembly SIMD/)
  })
  under({ Module }, () => {
    const refused = () => openKernel('rbm', plain, bytesOf(plain))
    assert.throws(refused, /a runtime that may compile WebAssembly, got one that refuses \(not here\)/)
    assert.throws(refused, /'workerd' or 'edge-light'.*option kernels.*'wasm-unsafe-eval'/)
  })
  assert.throws(() => openKernel('rbm', plain, new Uint8Array(8)), WebAssembly.CompileError)
})

test("a caller's module, and its bytes, give the same bits as ours", () => {
  assert.is(learnedEnergy({ rbm: moduleOf(plain) }), learnedEnergy({}))
  assert.is(learnedEnergy({ rbm: bytesOf(plain) }), learnedEnergy({}))
})

test('the kernel of another family, and what is no kernel at all, are refused when they are given', () => {
  const wrong = { rbm: moduleOf(relaxed.prototype) }
  if (targets().includes('relaxed'))
    assert.throws(
      () => rbm.create(visible, {}, wrong),
      /Expected the kernel of rbm, got that of another family, 'prot…'/,
    )
  const none = [true, 'relaxed', moduleOf(plain), null, [moduleOf(plain)]] as never[]
  for (const kernels of none) {
    assert.throws(() => rbm.create(visible, {}, kernels), /Expected kernels by the names of families/)
    assert.throws(() => new Detector({ kernels }), /Expected kernels by the names of families/)
  }
  const sources = [
    null,
    5,
    './rbm.wasm',
    Promise.resolve(moduleOf(plain)),
    new WebAssembly.Instance(moduleOf(plain)),
  ]
  for (const source of sources as never[])
    assert.throws(
      () => new Detector({ kernels: { rbm: source } }),
      /Expected the kernel of rbm as .* await WebAssembly/,
    )
  const misspelt = { mbr: moduleOf(plain) }
  assert.throws(
    () => new Detector({ kernels: misspelt }),
    /Expected kernels of the families .*rbm.*, got those of mbr/,
  )
})

test('a module of another realm works as our own', () => {
  const { runInNewContext } = vm
  const module = runInNewContext('new WebAssembly.Module(bytes)', { bytes: bytesOf(plain) })
  assert.not.instance(module, WebAssembly.Module)
  assert.is(learnedEnergy({ rbm: module }), learnedEnergy({}))
})

test('the largest magnitude of any number of values, and NaN if one of them is', () => {
  const kernel = openKernel('rbm', plain)
  for (const length of [0, 1, 3, 4, 7, 200_001]) {
    const values = Float32Array.from({ length }, (_, i) => Math.sin(i))
    assert.is(
      kernel.magnitude(values),
      length === 0 ? 0 : values.reduce((most, value) => Math.max(most, Math.abs(value)), 0),
    )
    for (const place of [0, length >> 1, length - 1]) {
      if (length === 0) continue
      const changed = values.slice()
      changed[place] = -7
      assert.is(kernel.magnitude(changed), 7)
      changed[place] = Number.NaN
      assert.ok(Number.isNaN(kernel.magnitude(changed)))
      changed[place] = Number.NEGATIVE_INFINITY
      assert.is(kernel.magnitude(changed), Number.POSITIVE_INFINITY)
    }
  }
})

test('the checksum of the kernel is that of model files, wherever the bytes begin', () => {
  const kernel = openKernel('rbm', plain)
  const bytes = Uint8Array.from({ length: 700_003 }, (_, i) => (i * 31) ^ (i >> 7))
  for (const [start, end] of [
    [0, 0],
    [0, 3],
    [1, 6],
    [2, 1026],
    [3, 700_003],
    [0, 700_003],
  ]) {
    const part = bytes.subarray(start, end)
    assert.is(kernel.checksum(0x811c9dc5, part) >>> 0, wordChecksumOf(part))
  }
})

test('memory is limited for all kernels together, and what they have is kept', () => {
  const product = rbm.create(visible)
  const taken = kernelMemory()
  assert.ok(taken >= openKernel('rbm', plain).buffer.byteLength)
  limitKernelMemory(taken + 2 ** 20)
  try {
    assert.throws(
      () => rbm.create([{ kind: 'bernoulli', size: 4000 }], { hidden: 1000 }),
      /limitKernelMemory/,
    )
    product.learnOne(row)
    const small = rbm.create([{ kind: 'bernoulli', size: 300 }], { hidden: 100, persistentChains: 0 })
    small.release()
    assert.ok(kernelMemory() <= taken + 2 ** 20)
    assert.throws(() => limitKernelMemory(-1), /from 0 on, got -1/)
    assert.throws(() => limitKernelMemory(Number.NaN), RangeError)
  } finally {
    limitKernelMemory(Number.POSITIVE_INFINITY)
  }
  rbm.create([{ kind: 'bernoulli', size: 4000 }], { hidden: 1000 }).release()
  product.release()
})

test('a module that is not a family is refused by name of what it lacks', () => {
  const empty = Uint8Array.from([0, 97, 115, 109, 1, 0, 0, 0])
  try {
    new Kernel(new WebAssembly.Module(empty))
    assert.unreachable()
  } catch (error) {
    assert.instance(error, TypeError)
    assert.match((error as Error).message, /does not export memory, family, create/)
  }
})

test('products go on when memory grows under them', () => {
  const kernel = openKernel('rbm', plain)
  const product = rbm.create(visible)
  product.learnOne(row)
  const energy = product.freeEnergy(row)
  const before = kernel.exports.memory.buffer.byteLength
  const large = rbm.create([{ kind: 'bernoulli', size: 8000 }], { hidden: 2000 })
  assert.ok(kernel.exports.memory.buffer.byteLength > before, 'memory grew')
  assert.is(product.freeEnergy(row), energy)
  product.learnOne(row)
  assert.is(product.transformOne(row).length, 16)
  large.release()
  product.release()
})

test('rows that no memory can hold are refused', () => {
  assert.throws(() => openKernel('rbm', plain).stage(2 ** 30), /4 GiB/)
  assert.throws(() => openKernel('rbm', plain).stage(2 ** 30 - 8), /4 GiB/)
})

test.run()
