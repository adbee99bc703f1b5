/** The layer over WebAssembly: which binary runs, where, and what happens when memory grows. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import * as binaries from '../pipeline/binaries/rbm.ts'
import type { VisibleGroup } from '../pipeline/experts/product.ts'
import { rbm } from '../pipeline/experts/rbm.ts'
import { EXPORTS, Kernel, OPTIONAL_EXPORTS, openKernel } from '../pipeline/kernel.ts'
import { targets } from './assembly/compile.ts'

const moduleOf = (base64: string) => new WebAssembly.Module(Buffer.from(base64, 'base64'))
const encoded = { plain: binaries.plain, relaxed: binaries.relaxed }
const visible: VisibleGroup[] = [{ kind: 'bernoulli', size: 30 }]
const row = Float32Array.from({ length: 30 }, (_, i) => i % 2)

function learnedEnergy(choice: Parameters<typeof rbm.create>[2]): number {
  const product = rbm.create(visible, {}, choice)
  for (let t = 0; t < 100; t++) product.learnOne(row)
  const energy = product.freeEnergy(row)
  product.release()
  return energy
}

test('a binary needs nothing from outside and exports the names of every family, and those that a family may have', () => {
  for (const target of targets()) {
    const module = moduleOf(encoded[target])
    assert.equal(WebAssembly.Module.imports(module), [])
    assert.equal(
      WebAssembly.Module.exports(module)
        .map(({ name }) => name)
        .sort(),
      [...EXPORTS, ...OPTIONAL_EXPORTS].sort(),
    )
  }
})

test('all products of a family share an instance, one for each binary in use', () => {
  const plain = openKernel(binaries)
  assert.is(openKernel(binaries, {}), plain)
  assert.is(openKernel(binaries, { relaxed: false }), plain)
  const module = moduleOf(binaries.plain)
  assert.is(openKernel(binaries, { module }), openKernel(binaries, { module }))
  assert.is.not(openKernel(binaries, { module }), plain)
})

test('relaxed SIMD runs where the engine has it, and plain SIMD where it has not', () => {
  const validate = WebAssembly.validate
  const relaxed = Buffer.from(binaries.relaxed, 'base64')
  try {
    WebAssembly.validate = bytes =>
      validate(bytes) && Buffer.compare(Buffer.from(bytes as Uint8Array), relaxed) !== 0
    const without = { ...binaries }
    assert.is(openKernel(without, { relaxed: true }), openKernel(without))
  } finally {
    WebAssembly.validate = validate
  }
  if (targets().includes('relaxed'))
    assert.is.not(openKernel({ ...binaries }, { relaxed: true }), openKernel(binaries))
  // Fused multiply-adds round once where plain ones round twice: equal up to the drift of 100 updates.
  assert.ok(Math.abs(learnedEnergy({ relaxed: true }) - learnedEnergy({})) < 0.5)
})

test('an engine without SIMD is told what it takes', () => {
  const validate = WebAssembly.validate
  try {
    WebAssembly.validate = () => false
    assert.throws(() => openKernel({ ...binaries }), /Expected an engine with WebAssembly SIMD/)
  } finally {
    WebAssembly.validate = validate
  }
})

test("a caller's module gives the same bits as ours", () => {
  assert.is(learnedEnergy({ module: moduleOf(binaries.plain) }), learnedEnergy({}))
})

test('a module that is not a family is refused by name of what it lacks', () => {
  const empty = Uint8Array.from([0, 97, 115, 109, 1, 0, 0, 0])
  try {
    new Kernel(empty)
    assert.unreachable()
  } catch (error) {
    assert.instance(error, TypeError)
    assert.match((error as Error).message, /does not export memory, create/)
  }
})

test('products go on when memory grows under them', () => {
  const kernel = openKernel(binaries)
  const product = rbm.create(visible)
  product.learnOne(row)
  const energy = product.freeEnergy(row)
  const before = kernel.exports.memory.buffer.byteLength
  const large = rbm.create([{ kind: 'bernoulli', size: 4000 }], { hidden: 1000 })
  assert.ok(kernel.exports.memory.buffer.byteLength > before, 'memory grew')
  assert.is(product.freeEnergy(row), energy)
  product.learnOne(row)
  assert.is(product.transformOne(row).length, 16)
  large.release()
  product.release()
})

test('rows that no memory can hold are refused', () => {
  assert.throws(() => openKernel(binaries).stage(2 ** 30), /4 GiB/)
  assert.throws(() => openKernel(binaries).stage(2 ** 30 - 8), /4 GiB/)
})

test.run()
