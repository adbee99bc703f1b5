/**
 * The safetensors format: 8 bytes with the length of the header, little-endian; a header in JSON that names every
 * tensor with dtype, shape and place; the tensors, raw. Python, Rust and others read it. The reader trusts nothing: a
 * file may be truncated, foreign or made to do harm.
 */
import { ModelFileError } from '../errors.ts'
import type { Tensor, Tensors } from '../experts/product.ts'
import { isDeeperThan } from '../json-depth.ts'

/** Texts by name: `__metadata__` of the header. */
export type Metadata = Readonly<Record<string, string>>

const LENGTH_BYTES = 8
/** The header is padded so that the tensors start at a multiple of this, as their views need it. */
const ALIGNMENT = 8

/** Bytes of a header: the limit that other readers of the format have too. */
const LONGEST_HEADER = 100_000_000
/** Levels of a header: the header, a tensor, its shape. */
const DEEPEST_HEADER = 3

/** Larger elements first: with that order every tensor is aligned to its element and there are no gaps. */
const DTYPES = [
  { dtype: 'F64', bytes: 8, view: Float64Array },
  { dtype: 'F32', bytes: 4, view: Float32Array },
  { dtype: 'I32', bytes: 4, view: Int32Array },
  { dtype: 'U32', bytes: 4, view: Uint32Array },
  { dtype: 'U8', bytes: 1, view: Uint8Array },
] as const
type Dtype = (typeof DTYPES)[number]

function dtypeOf(data: Tensor['data']): Dtype {
  const found = DTYPES.find(({ view }) => data instanceof view)
  if (found) return found
  throw new TypeError(`Expected tensor data as one of ${DTYPES.map(({ view }) => view.name).join(', ')}.`)
}

function bytesOf({ buffer, byteOffset, byteLength }: Tensor['data']): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength)
}

/**
 * The file that holds `tensors` and `metadata`. The same input gives the same bytes.
 * @throws TypeError for tensors of other types; RangeError when names and metadata are longer than LONGEST_HEADER
 */
export function writeSafetensors(tensors: Tensors, metadata: Metadata): Uint8Array<ArrayBuffer> {
  const rank = ([, { data }]: [string, Tensor]) => DTYPES.indexOf(dtypeOf(data))
  const ordered = Object.entries(tensors).sort((a, b) => rank(a) - rank(b) || (a[0] < b[0] ? -1 : 1))
  const header: [string, unknown][] = [['__metadata__', metadata]]
  let end = 0
  for (const [name, { shape, data }] of ordered) {
    const begin = end
    end += data.byteLength
    header.push([name, { dtype: dtypeOf(data).dtype, shape, data_offsets: [begin, end] }])
  }
  const text = new TextEncoder().encode(JSON.stringify(Object.fromEntries(header)))
  if (text.length > LONGEST_HEADER) {
    throw new RangeError(
      `Expected a header of at most ${LONGEST_HEADER} bytes, got ${text.length}; look at fewer fields.`,
    )
  }
  const start = Math.ceil((LENGTH_BYTES + text.length) / ALIGNMENT) * ALIGNMENT
  const file = new Uint8Array(start + end).fill(0x20, 0, start)
  new DataView(file.buffer).setBigUint64(0, BigInt(start - LENGTH_BYTES), true)
  file.set(text, LENGTH_BYTES)
  let at = start
  for (const [, { data }] of ordered) {
    file.set(bytesOf(data), at)
    at += data.byteLength
  }
  return file
}

function refuse(expected: string, got: unknown): never {
  throw new ModelFileError(
    `Expected a model file (safetensors) with ${expected}, got ${got}; the file is damaged, cut short or of another kind.`,
  )
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function readHeader(file: Uint8Array): { header: Record<string, unknown>; data: Uint8Array } {
  if (file.length < LENGTH_BYTES) refuse(`at least ${LENGTH_BYTES} bytes`, file.length)
  const length = new DataView(file.buffer, file.byteOffset).getBigUint64(0, true)
  const room = file.length - LENGTH_BYTES
  if (length > BigInt(room)) refuse(`a header of at most the ${room} bytes that follow its length`, length)
  if (length > LONGEST_HEADER) refuse(`a header of at most ${LONGEST_HEADER} bytes`, length)
  const start = LENGTH_BYTES + Number(length)
  const header = parseHeader(file.subarray(LENGTH_BYTES, start))
  if (!isObject(header)) refuse('an object as its header', JSON.stringify(header).slice(0, 40))
  return { header, data: file.subarray(start) }
}

function parseHeader(bytes: Uint8Array): unknown {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    if (!isDeeperThan(text, DEEPEST_HEADER)) return JSON.parse(text)
  } catch {
    refuse('a header in JSON', 'something else')
  }
  refuse(`a header of at most ${DEEPEST_HEADER} levels of objects and arrays`, 'more')
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0
}

interface Entry {
  readonly name: string
  readonly type: Dtype
  readonly shape: readonly number[]
  readonly begin: number
  readonly end: number
}

function readEntry(name: string, entry: unknown, size: number): Entry {
  const label = `tensor ${JSON.stringify(name.slice(0, 80))}`
  if (!isObject(entry)) refuse(`${label} described by an object`, JSON.stringify(entry).slice(0, 40))
  const { dtype, shape, data_offsets: offsets } = entry
  const type = DTYPES.find(candidate => candidate.dtype === dtype)
  if (!type) refuse(`${label} as one of ${DTYPES.map(each => each.dtype).join(', ')}`, JSON.stringify(dtype))
  if (!Array.isArray(shape) || !shape.every(isCount)) {
    refuse(`a shape of whole numbers for ${label}`, JSON.stringify(shape)?.slice(0, 80))
  }
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isCount)) {
    refuse(`two offsets for ${label}`, JSON.stringify(offsets)?.slice(0, 80))
  }
  const [begin, end] = offsets as [number, number]
  if (begin > end || end > size) refuse(`${label} within the ${size} bytes of data`, `${begin} to ${end}`)
  const bytes = shape.reduce((product: number, length: number) => product * length, type.bytes)
  if (bytes !== end - begin) refuse(`${label} in ${bytes} bytes, its shape times its dtype`, end - begin)
  return { name, type, shape, begin, end }
}

/** Refuse overlaps, gaps and bytes that belong to no tensor. */
function checkCoverage(entries: readonly Entry[], size: number): void {
  let end = 0
  for (const entry of entries.toSorted((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (entry.begin !== end) refuse(`a tensor that begins at byte ${end} of the data`, entry.begin)
    end = entry.end
  }
  if (end !== size) refuse(`${end} bytes of data, as its header says`, size)
}

function readMetadata(metadata: unknown): Metadata {
  if (metadata === undefined) return {}
  if (isObject(metadata) && Object.values(metadata).every(value => typeof value === 'string')) {
    return metadata as Metadata
  }
  refuse('texts by name as its metadata', JSON.stringify(metadata).slice(0, 40))
}

/** Tensors and metadata of a file. The tensors are copies. Throws a ModelFileError when any part does not fit. */
export function readSafetensors(file: Uint8Array): { tensors: Tensors; metadata: Metadata } {
  if (!(file instanceof Uint8Array)) throw new TypeError('Expected a model file as a Uint8Array.')
  const { header, data } = readHeader(file)
  const entries = Object.entries(header)
    .filter(([name]) => name !== '__metadata__')
    .map(([name, entry]) => readEntry(name, entry, data.length))
  checkCoverage(entries, data.length)
  const tensors = entries.map(({ name, type, shape, begin, end }): [string, Tensor] => {
    // A copy starts at 0 of a buffer of its own, so the view is aligned wherever the file's bytes are.
    const copy = new Uint8Array(data.subarray(begin, end))
    return [name, { shape, data: new type.view(copy.buffer) }]
  })
  return {
    tensors: Object.fromEntries(tensors),
    metadata: readMetadata(Object.hasOwn(header, '__metadata__') ? header.__metadata__ : undefined),
  }
}
