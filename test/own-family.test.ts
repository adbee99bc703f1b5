/** A kernel that somebody else wrote, in one file and with the compiler's own memory: examples/own-family. */
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { main } from 'assemblyscript/asc'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { uniforms } from '../fixtures/random.ts'
import { defineFamily } from '../pipeline/experts/define.ts'
import type { VisibleGroup } from '../pipeline/experts/product.ts'
import { type KernelFamily, real, whole } from '../pipeline/kernel-family.ts'
import { checkAnswers } from './contract/answers.ts'
import { checkRefusals } from './contract/refusals.ts'
import { checkState } from './contract/state.ts'
import { throws } from './contract/subject.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const example = join(root, 'examples/own-family')
const build: string = JSON.parse(readFileSync(join(example, 'package.json'), 'utf8')).scripts.build

/** What the example's own build line makes of a text in place of its kernel. */
async function compiled(change: (source: string) => string = source => source): Promise<Uint8Array> {
  let binary: Uint8Array | undefined
  const [, ...args] = build.split(' ')
  const { error, stderr } = await main(args, {
    readFile: name =>
      name === 'assembly/laplace.ts' ? change(readFileSync(join(example, name), 'utf8')) : null,
    writeFile: (name, contents) => {
      if (name === 'laplace.wasm') binary = contents as Uint8Array
    },
    listFiles: () => null,
  })
  if (error || !binary) throw new Error(`${error?.message}\n${stderr}`)
  return binary
}

const rules: KernelFamily = {
  name: 'laplace',
  units: ['real'],
  options: [real('learningRate', 0.02, 0, 1), whole('seed', 1, 0, 2 ** 32 - 1)],
  tensors: [
    { name: 'experts.m', type: 'F32' },
    { name: 'experts.s', type: 'F32' },
    { name: 'random', type: 'U32' },
    { name: 'counters', type: 'F64' },
  ],
  leastValues: (_, visible) => visible.length,
  features: (_, visible) => visible.reduce((sum, { size }) => sum + size, 0),
  checkTensors: ({ random }, _, magnitudes) => {
    const isSound = magnitudes['experts.m'] <= 1e18 && magnitudes['experts.s'] <= 20
    const areAlive = [0, 4].every(at => random.data.subarray(at, at + 4).some(word => word !== 0))
    if (!isSound || !areAlive)
      throw new RangeError('Expected numbers that the kernel can go on with, got others.')
  },
}
const use = { encodings: { number: 'real' }, streamOptions: {} } as const
const visible: VisibleGroup[] = [1, 6].map(size => ({ kind: 'real', size }))
const binary = await compiled()
const family = defineFamily(rules, binary, use)

const subject = { title: 'own family', family, visible, options: { learningRate: 0.1 } }
checkAnswers(subject)
checkState(subject)
checkRefusals(subject)

test('it learns medians and widths', () => {
  const product = family.create([{ kind: 'real', size: 1 }])
  const uniform = uniforms(1)
  // |v − 3| is exponential of mean 2, and one value in fifty lies far out.
  for (let n = 0; n < 8000; n++) {
    const off = -2 * Math.log(1 - uniform()) * (uniform() < 0.5 ? -1 : 1)
    product.learnOne(Float32Array.of(3 + (uniform() < 0.02 ? 1000 : off)))
  }
  const { 'experts.m': m, 'experts.s': s } = product.tensors()
  assert.ok(Math.abs(m.data[0] - 3) < 0.5, `${m.data[0]}`)
  assert.ok(Math.exp(s.data[0]) > 1.5 && Math.exp(s.data[0]) < 3.5, `${Math.exp(s.data[0])}`)
  product.release()
})

test('the example runs as its page says', () => {
  const folder = mkdtempSync(join(tmpdir(), 'veto-own-'))
  try {
    cpSync(example, folder, { recursive: true, filter: source => !source.includes('node_modules') })
    writeFileSync(join(folder, 'laplace.wasm'), binary)
    mkdirSync(join(folder, 'node_modules'))
    symlinkSync(root, join(folder, 'node_modules/veto'))
    const { stdout, stderr, status } = spawnSync(process.execPath, ['index.js'], {
      cwd: folder,
      encoding: 'utf8',
    })
    assert.is(status, 0, stderr)
    const [, output] = /```text\n([\s\S]*?)```/.exec(readFileSync(join(example, 'README.md'), 'utf8')) ?? []
    assert.is(stdout, output)
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('a kernel that is none is refused, with what it lacks', async () => {
  const create = (kernel: unknown, changed: Partial<KernelFamily> = {}) =>
    defineFamily({ ...rules, ...changed }, kernel as Uint8Array, use).create(visible)
  const silent = await compiled(source => source.replace('export function surprise', 'function surprise'))
  throws(TypeError, () => create(silent), /does not export surprise/)
  const needy = await compiled(
    source =>
      `${source}\n@external("env", "now") declare function now(): f64;\nexport function clock(): f64 { return now(); }\n`,
  )
  throws(TypeError, () => create(needy), /imports env\.now/)
  const foreign = await compiled(source => source.replace('0x6c70616c', '0x6d6272'))
  throws(TypeError, () => create(foreign), /kernel of laplace, got that of another family, 'rbm/)
  throws(
    TypeError,
    () => create(binary, { tensors: rules.tensors.slice(1) }),
    /with 3 arrays \(experts.s.*got one with 4/,
  )
  throws(TypeError, () => create(new Uint8Array(40)), /bytes of a WebAssembly module, got others/)
  throws(TypeError, () => create(undefined), /WebAssembly.Module or its bytes, got undefined/)
})

test.run()
