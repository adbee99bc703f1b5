/** assembly/arena.ts: blocks that do not overlap, come back zeroed, and run out with 0 instead of a trap. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { uniforms } from '../../fixtures/random.ts'
import { compile } from './compile.ts'

interface Kernel {
  memory: WebAssembly.Memory
  allocate(bytes: number): number
  release(pointer: number): void
  scratch(bytes: number): number
  staging(bytes: number): number
}

const create = (...extra: string[]) => compile<Kernel>('test/assembly/harness/arena.ts', 'plain', extra)
const page = 65536

/** Are all of these bytes the same one? */
const isFilled = (memory: WebAssembly.Memory, pointer: number, bytes: number, byte = 0) =>
  Buffer.from(memory.buffer, pointer, bytes).equals(Buffer.alloc(bytes, byte))

test('blocks are aligned to 256 bytes, zero, and inside memory', async () => {
  const { memory, allocate } = await create()
  for (const bytes of [0, 1, 239, 240, 241, 4096, 70000, 1 << 20]) {
    const pointer = allocate(bytes) >>> 0
    assert.ok(pointer > 0 && pointer % 256 === 0)
    assert.ok(pointer + bytes + 16 <= memory.buffer.byteLength, 'a vector may be read from the last byte on')
    assert.ok(isFilled(memory, pointer, bytes))
    new Uint8Array(memory.buffer, pointer, bytes).fill(255)
  }
})

test('a block given back is used again for its size, zeroed, and for no other size', async () => {
  const { memory, allocate, release } = await create()
  const [small, large] = [allocate(1000), allocate(5000)]
  new Uint8Array(memory.buffer, small, 1000).fill(7)
  release(small)
  release(large)
  const other = allocate(3000)
  assert.not.equal(other, small)
  assert.not.equal(other, large)
  assert.is(allocate(5000), large)
  assert.is(allocate(1000), small)
  assert.ok(isFilled(memory, small, 1000))
  assert.ok(allocate(1000) > other, 'nothing free is left')
})

test('10,000 models of 37 sizes, released and allocated in random order, never overlap', async () => {
  const { memory, allocate, release } = await create()
  const random = uniforms(11)
  const sizeOf = (model: number) => 300 + 256 * (model % 37)
  const pointers = new Uint32Array(10000)
  const mark = (model: number) =>
    new Uint32Array(memory.buffer, pointers[model], sizeOf(model) >> 2).fill(model + 1)
  const isMarked = (model: number) =>
    new Uint32Array(memory.buffer, pointers[model], sizeOf(model) >> 2).every(word => word === model + 1)
  const claim = (model: number) => {
    pointers[model] = allocate(sizeOf(model))
    assert.ok(new Uint32Array(memory.buffer, pointers[model], sizeOf(model) >> 2).every(word => word === 0))
    mark(model)
  }
  for (let model = 0; model < pointers.length; model++) claim(model)
  const grown = memory.buffer.byteLength
  for (let round = 0; round < 5; round++) {
    const chosen = pointers.map((_, model) => model).filter(() => random() < 0.5)
    for (const model of chosen) release(pointers[model])
    for (const model of [...chosen].reverse()) claim(model)
  }
  assert.is(memory.buffer.byteLength, grown, 'what is given back is enough for the same models')
  assert.ok(pointers.every((_, model) => isMarked(model)))
  const ordered = [...pointers.keys()].sort((a, b) => pointers[a] - pointers[b])
  for (let i = 1; i < ordered.length; i++)
    assert.ok(pointers[ordered[i - 1]] + sizeOf(ordered[i - 1]) <= pointers[ordered[i]] - 16)
})

test('growth of memory is shared by many allocations', async () => {
  const { memory, allocate } = await create()
  let growths = 0
  let size = memory.buffer.byteLength
  for (let i = 0; i < 10000; i++) {
    allocate(10000)
    if (memory.buffer.byteLength !== size) growths++
    size = memory.buffer.byteLength
  }
  // By an eighth each time: log(1600 pages) / log(9/8) = 63, and 8 pages more one at a time.
  assert.ok(growths < 80, `${growths} growths`)
})

test('memory that cannot grow gives 0 and keeps what is there', async () => {
  const { memory, allocate, release, scratch, staging } = await create('--maximumMemory', '20')
  const first = allocate(10 * page)
  new Uint8Array(memory.buffer, first, 10 * page).fill(9)
  const kept = scratch(2 * page)
  assert.is(allocate(20 * page), 0)
  assert.is(scratch(15 * page), 0)
  assert.is(staging(15 * page), 0)
  assert.is(scratch(page), kept, 'what there is of working memory stays')
  assert.ok(isFilled(memory, first, 10 * page, 9))
  assert.ok(allocate(2 * page) > 0, 'less still fits')
  release(first)
  assert.is(allocate(10 * page), first)
})

test('memory that cannot grow is used to the end: free blocks are merged and split, others stay as they are', async () => {
  const { memory, allocate, release } = await create('--maximumMemory', '20')
  const sizes = [2, 3, 1, 4, 2, 5].map(pages => pages * page - 300)
  const blocks = sizes.map(allocate)
  assert.ok(blocks.every(pointer => pointer > 0))
  for (const [i, pointer] of blocks.entries()) new Uint8Array(memory.buffer, pointer, sizes[i]).fill(i + 1)
  for (const i of [0, 1, 3, 5]) release(blocks[i])
  // 5 pages below the third block, 4 above it, and the rest of memory behind the fifth.
  const merged = allocate(5 * page - 1000)
  assert.is(merged, blocks[0])
  const last = allocate(7 * page)
  const [part, rest] = [allocate(page), allocate(2 * page)]
  for (const [pointer, bytes] of [
    [merged, 5 * page - 1000],
    [part, page],
    [rest, 2 * page],
    [last, 7 * page],
  ])
    assert.ok(pointer > 0 && isFilled(memory, pointer, bytes))
  assert.ok(part >= blocks[3] && rest < blocks[4], 'in the gap')
  for (const i of [2, 4]) assert.ok(isFilled(memory, blocks[i], sizes[i], i + 1))
  for (const pointer of [merged, part, rest, last, blocks[2], blocks[4]]) release(pointer)
  assert.ok(allocate(18 * page) > 0, 'all of it in one')
})

test('models of many sizes come and go in little memory, and never overlap', async () => {
  const { memory, allocate, release } = await create('--maximumMemory', '40')
  const random = uniforms(12)
  const held: { pointer: number; bytes: number; mark: number }[] = []
  const isMarked = ({ pointer, bytes, mark }: (typeof held)[number]) => isFilled(memory, pointer, bytes, mark)
  for (let turn = 0; turn < 3000; turn++) {
    const bytes = 1 + Math.floor(random() * 4 * page)
    let pointer = allocate(bytes)
    // At most four pages each: whoever holds nothing but a few always finds room.
    while (pointer === 0) {
      assert.ok(held.length > 3, 'room for another one')
      const [given] = held.splice(Math.floor(random() * held.length), 1)
      assert.ok(isMarked(given))
      release(given.pointer)
      pointer = allocate(bytes)
    }
    assert.ok(isFilled(memory, pointer, bytes))
    const mark = 1 + (turn % 255)
    new Uint8Array(memory.buffer, pointer, bytes).fill(mark)
    held.push({ pointer, bytes, mark })
  }
  assert.ok(held.every(isMarked))
})

test('sizes at and beyond the limit of 32 bits give 0', async () => {
  const { allocate, scratch } = await create()
  for (const bytes of [0xffffffff, 0xfffffff0, 0xffffff00]) {
    assert.is(allocate(bytes), 0)
    assert.is(scratch(bytes), 0)
  }
  assert.ok(allocate(100) > 0)
})

test('scratch and staging stay in place until more is asked for, and are apart', async () => {
  const { memory, allocate, scratch, staging } = await create()
  const model = allocate(1000)
  const [work, rows] = [scratch(5000), staging(5000)]
  assert.is(scratch(4000), work)
  assert.is(staging(1), rows)
  const [larger, more] = [scratch(50000), staging(90000)]
  assert.is(scratch(50000), larger)
  new Uint8Array(memory.buffer, larger, 50000).fill(1)
  new Uint8Array(memory.buffer, more, 90000).fill(2)
  assert.ok(isFilled(memory, larger, 50000, 1))
  assert.ok(isFilled(memory, model, 1000))
  assert.ok([work, rows].includes(allocate(5000)), 'what they leave can be used')
})

test('working memory that grows little by little is moved seldom and wastes little', async () => {
  const { memory, scratch } = await create()
  const places = new Set<number>()
  for (let bytes = 1000; bytes <= 1_000_000; bytes += 1000) places.add(scratch(bytes))
  assert.ok(places.size <= 11, 'doubled from 1000 to 1,000,000')
  assert.ok(memory.buffer.byteLength < 4_000_000)
})

test('releasing nothing is allowed; what was never allocated, or twice, traps', async () => {
  const { allocate, release } = await create()
  release(0)
  const pointer = allocate(500)
  assert.throws(() => release(pointer + 4), /unreachable/)
  assert.throws(() => release(pointer + 256), /unreachable/)
  release(pointer)
  assert.throws(() => release(pointer), /unreachable/)
})

test.run()
