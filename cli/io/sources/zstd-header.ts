/** The headers of zstd's frames and blocks, as RFC 8878 has them (sections 3.1.1 and 3.1.2). */
import type { ByteReader } from './byte-reader.ts'
import { UnpackError } from './unpack-error.ts'

export const ZSTD_MAGIC = 0xfd2fb528
/** Frames with these, the last four bits aside, hold anything but data and are passed over. */
export const SKIPPABLE_MAGIC = 0x184d2a50
/** The memory that a frame may ask for. The same as of `zstd` itself, which goes further only with `--long` or `--memory`. */
const MOST_WINDOW = 128 << 20
/** No block holds more, packed or unpacked. */
export const MOST_BLOCK = 128 << 10

/** Bit of the descriptor that says that a checksum follows the last block. */
const CHECKSUM_FLAG = 1 << 2
const RESERVED_FLAG = 1 << 3
const SINGLE_SEGMENT_FLAG = 1 << 5

export interface FrameHeader {
  /** As it was stored, but that no checksum is announced. */
  readonly bytes: Uint8Array
  readonly hasChecksum: boolean
  /** Bytes of what is in the frame, where it is said. */
  readonly contentSize: number | undefined
}

export interface BlockHeader {
  readonly bytes: Uint8Array
  readonly last: boolean
  /** Bytes that follow. */
  readonly length: number
}

export const tooShort = () => new UnpackError('expected a whole zstd file, got one that ends early')
export const damaged = (what: string) =>
  new UnpackError(`expected an intact zstd file, got a damaged one (${what})`)

/** Exactly so many bytes. */
export async function bytesOf(reader: ByteReader, length: number): Promise<Buffer> {
  const bytes = await reader.take(length)
  if (!bytes) throw tooShort()
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
}

/**
 * The header of a frame, after its magic number.
 * @throws UnpackError for one that cannot be, or asks for a dictionary or too much memory
 */
export async function frameHeader(reader: ByteReader): Promise<FrameHeader> {
  const descriptor = (await bytesOf(reader, 1))[0]
  if (descriptor & RESERVED_FLAG) throw damaged('a reserved bit is set')
  const single = (descriptor & SINGLE_SEGMENT_FLAG) !== 0
  const dictionaryBytes = [0, 1, 2, 4][descriptor & 3]
  const sizeBytes = [single ? 1 : 0, 2, 4, 8][descriptor >> 6]
  const rest = await bytesOf(reader, (single ? 0 : 1) + dictionaryBytes + sizeBytes)
  const dictionary = rest.subarray(single ? 0 : 1).subarray(0, dictionaryBytes)
  if (dictionary.some(byte => byte !== 0))
    throw new UnpackError(
      'expected zstd without a dictionary, got some that needs one; unpack it with zstd -D',
    )
  const contentSize = sizeOf(rest.subarray(rest.length - sizeBytes))
  checkWindow(single ? contentSize! : windowOf(rest[0]))
  const bytes = Buffer.alloc(5 + rest.length)
  bytes.writeUInt32LE(ZSTD_MAGIC)
  bytes[4] = descriptor & ~CHECKSUM_FLAG
  rest.copy(bytes, 5)
  return { bytes, hasChecksum: (descriptor & CHECKSUM_FLAG) !== 0, contentSize }
}

function sizeOf(field: Buffer): number | undefined {
  if (field.length === 0) return undefined
  // The two-byte form begins where the one-byte form ends.
  if (field.length === 2) return field.readUInt16LE() + 256
  return field.length === 8 ? Number(field.readBigUInt64LE()) : field.readUIntLE(0, field.length)
}

/** Bytes of the window, from an exponent and eighths. */
function windowOf(descriptor: number): number {
  const base = 2 ** (10 + (descriptor >> 3))
  return base + (base / 8) * (descriptor & 7)
}

function checkWindow(bytes: number): void {
  if (bytes <= MOST_WINDOW) return
  throw new UnpackError(
    `expected zstd with a window of at most ${MOST_WINDOW >> 20} MB, got ${bytes} bytes; unpack it with zstd -dc --long=31`,
  )
}

export async function blockHeader(reader: ByteReader): Promise<BlockHeader> {
  const bytes = await bytesOf(reader, 3)
  const header = bytes.readUIntLE(0, 3)
  const kind = (header >> 1) & 3
  const size = header >> 3
  if (kind === 3) throw damaged('a block of no known kind')
  if (size > MOST_BLOCK) throw damaged('a block larger than any may be')
  // One byte stands for a block of equal ones.
  return { bytes, last: (header & 1) === 1, length: kind === 1 ? 1 : size }
}
