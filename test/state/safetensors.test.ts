import * as fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { ModelFileError } from '../../pipeline/errors.ts'
import type { Tensor, Tensors } from '../../pipeline/experts/product.ts'
import { readSafetensors, writeSafetensors } from '../../pipeline/state/safetensors.ts'

const sample: Tensors = {
  'a.bytes': { shape: [3], data: Uint8Array.of(1, 2, 3) },
  'b.floats': { shape: [2, 2], data: Float32Array.of(1, -0.5, Number.NaN, 3) },
  'c.doubles': { shape: [2], data: Float64Array.of(Math.PI, -0) },
  'd.words': { shape: [1], data: Uint32Array.of(0xffffffff) },
  'e.whole': { shape: [2], data: Int32Array.of(-1, 7) },
  'f.empty': { shape: [0, 5], data: new Float32Array(0) },
}
const metadata = { format: 'test', text: 'ünïcode 🐦 "quoted"' }

/** A file with this header, written by hand. */
function fileWith(header: unknown, data = new Uint8Array(0)): Uint8Array {
  const text = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header))
  const file = new Uint8Array(8 + text.length + data.length)
  new DataView(file.buffer).setBigUint64(0, BigInt(text.length), true)
  file.set(text, 8)
  file.set(data, 8 + text.length)
  return file
}

function refuses(file: Uint8Array, message: RegExp): void {
  try {
    readSafetensors(file)
  } catch (error) {
    assert.instance(error, ModelFileError)
    assert.match((error as Error).message, message)
    return
  }
  assert.unreachable(`accepted a file that ${message} should refuse`)
}

test('what is written is read, bit for bit', () => {
  const { tensors, metadata: read } = readSafetensors(writeSafetensors(sample, metadata))
  assert.equal(read, metadata)
  assert.equal(Object.keys(tensors).sort(), Object.keys(sample).sort())
  for (const [name, { shape, data }] of Object.entries(sample)) {
    assert.equal(tensors[name].shape, shape)
    assert.is(tensors[name].data.constructor, data.constructor)
    assert.ok([...data].every((value, i) => Object.is(value, tensors[name].data[i])))
  }
})

test('a file is laid out as the format says', () => {
  const file = writeSafetensors(sample, metadata)
  const view = new DataView(file.buffer)
  const length = Number(view.getBigUint64(0, true))
  const header = JSON.parse(new TextDecoder().decode(file.subarray(8, 8 + length)))
  assert.is((8 + length) % 8, 0)
  assert.equal(header.__metadata__, metadata)
  const { dtype, shape, data_offsets: offsets } = header['b.floats']
  assert.equal([dtype, shape, offsets[1] - offsets[0]], ['F32', [2, 2], 16])
  assert.is(view.getFloat32(8 + length + offsets[0] + 4, true), -0.5)
  for (const [name, { data }] of Object.entries(sample)) {
    assert.is(header[name].data_offsets[0] % data.BYTES_PER_ELEMENT, 0, `${name} is aligned`)
  }
})

test('the same tensors give the same bytes in whatever order they are named', () => {
  const reversed = Object.fromEntries(Object.entries(sample).reverse())
  assert.equal(writeSafetensors(reversed, metadata), writeSafetensors(sample, metadata))
})

test('a file is read from the middle of a larger buffer', () => {
  const file = writeSafetensors(sample, metadata)
  for (let shift = 1; shift < 9; shift++) {
    const buffer = new Uint8Array(file.length + 20)
    buffer.set(file, shift)
    const { tensors } = readSafetensors(buffer.subarray(shift, shift + file.length))
    assert.equal(tensors['c.doubles'].data[0], Math.PI)
  }
})

test('names of object members are names like any other', () => {
  const named = Object.fromEntries(
    ['__proto__', 'constructor'].map((name): [string, Tensor] => [
      name,
      { shape: [1], data: Uint8Array.of(7) },
    ]),
  )
  const { tensors } = readSafetensors(writeSafetensors(named, {}))
  assert.equal(Object.keys(tensors).sort(), ['__proto__', 'constructor'])
})

test('a file cut anywhere is refused', () => {
  const file = writeSafetensors(sample, metadata)
  for (let length = 0; length < file.length; length++)
    refuses(file.subarray(0, length), /Expected a model file/)
})

test('a file with bytes behind its end is refused', () => {
  const file = writeSafetensors(sample, metadata)
  const longer = new Uint8Array(file.length + 1)
  longer.set(file)
  refuses(longer, /bytes of data, as its header says/)
})

test('no length, offset, dtype or shape is trusted', () => {
  const tensor = (fields: object) => ({ t: { dtype: 'F32', shape: [2], data_offsets: [0, 8], ...fields } })
  const data = new Uint8Array(8)
  assert.equal([...readSafetensors(fileWith(tensor({}), data)).tensors.t.data], [0, 0])
  for (const [fields, message] of [
    [{ dtype: 'F16' }, /as one of F64, F32.*got "F16"/],
    [{ dtype: undefined }, /as one of/],
    [{ shape: [3] }, /in 12 bytes, its shape times its dtype, got 8/],
    [{ shape: [-2] }, /shape of whole numbers/],
    [{ shape: [2 ** 40, 2 ** 40] }, /its shape times its dtype/],
    [{ shape: 2 }, /shape of whole numbers/],
    [{ data_offsets: [0, 800] }, /within the 8 bytes of data, got 0 to 800/],
    [{ data_offsets: [8, 0] }, /within the 8 bytes/],
    [{ data_offsets: [0] }, /two offsets/],
    [{ data_offsets: [-4, 4] }, /two offsets/],
    [{ data_offsets: ['0', '8'] }, /two offsets/],
  ] as const) {
    refuses(fileWith(tensor(fields), data), message)
  }
  refuses(
    fileWith({ ...tensor({}), u: { dtype: 'U8', shape: [8], data_offsets: [0, 8] } }, data),
    /begins at byte 8/,
  )
  refuses(fileWith({ u: { dtype: 'U8', shape: [4], data_offsets: [4, 8] } }, data), /begins at byte 0/)
  refuses(fileWith({ u: null }), /described by an object/)
  refuses(fileWith({ __metadata__: { n: 1 } }), /texts by name/)
  refuses(fileWith('[]'), /an object as its header/)
  refuses(fileWith('{"a"'), /header in JSON/)
  refuses(fileWith('{"\u0000'), /header in JSON/)
  const huge = fileWith({})
  huge.fill(255, 0, 8)
  refuses(huge, /a header of at most the 2 bytes that follow/)
})

test('a header that is not UTF-8 is refused', () => {
  const file = fileWith('{"a":"b"}')
  file[11] = 0xff
  refuses(file, /header in JSON/)
})

test('any bytes are read or refused, never anything else', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.boolean(), (bytes, sized) => {
      // Half of the files get a plausible header length, so that they come past the first check.
      const file = sized && bytes.length >= 9 ? fileWith(new TextDecoder().decode(bytes)) : bytes
      try {
        readSafetensors(file)
      } catch (error) {
        assert.instance(error, ModelFileError)
      }
    }),
    { seed: 1, numRuns: 2000 },
  )
})

test('something else than bytes is a wrong kind of argument', () => {
  assert.throws(() => readSafetensors('file' as never), TypeError)
  assert.throws(() => writeSafetensors({ t: { shape: [1], data: [1] as never } }, {}), TypeError)
})

test.run()
