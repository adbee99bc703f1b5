/** Unpacks what is compressed with gzip or zstd, known by its first bytes; everything else passes as it is. */
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { CHUNK_BYTES } from './origin.ts'
import { UnpackError } from './unpack-error.ts'
import { unzstd } from './zstd.ts'

type Unpack = (chunks: AsyncIterable<Uint8Array>) => AsyncIterable<Uint8Array>

const formats: readonly { readonly magic: readonly number[]; readonly unpack: Unpack }[] = [
  { magic: [0x1f, 0x8b], unpack: gunzipped },
  { magic: [0x28, 0xb5, 0x2f, 0xfd], unpack: unzstd },
]

/** Bytes at the beginning that tell whether something is compressed. */
export const MAGIC_BYTES = 4

const formatOf = (start: Uint8Array) =>
  formats.find(({ magic }) => magic.every((byte, index) => start[index] === byte))

/** Whether these first bytes say that what follows is compressed. */
export const isCompressed = (start: Uint8Array): boolean => formatOf(start) !== undefined

/**
 * The chunks, unpacked where they are compressed. Nothing is pulled before there is room for it; parts that follow one
 * another (`cat a.gz b.gz`) are read as one.
 *
 * @throws UnpackError for what is damaged or ends early; whatever `chunks` throws
 */
export async function* unpacked(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const iterator = chunks[Symbol.asyncIterator]()
  const start = await beginning(iterator)
  const whole = joined(start, iterator)
  yield* formatOf(start)?.unpack(whole) ?? whole
}

/** The first chunks, until it is certain whether they are compressed: one byte that cannot begin it is enough. */
async function beginning(iterator: AsyncIterator<Uint8Array>): Promise<Uint8Array> {
  let start: Uint8Array = new Uint8Array(0)
  while (isUndecided(start)) {
    const next = await iterator.next()
    if (next.done) break
    start = start.length === 0 ? next.value : Buffer.concat([start, next.value])
  }
  return start
}

/** Whether these bytes are the beginning of a magic number and not yet all of it. */
const isUndecided = (start: Uint8Array): boolean =>
  formats.some(
    ({ magic }) => start.length < magic.length && start.every((byte, index) => byte === magic[index]),
  )

async function* joined(start: Uint8Array, iterator: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    if (start.length > 0) yield start
    for (let next = await iterator.next(); !next.done; next = await iterator.next()) yield next.value
  } finally {
    // Whoever stops early gives the source back.
    await iterator.return?.()
  }
}

async function* gunzipped(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const gunzip = createGunzip({ chunkSize: CHUNK_BYTES })
  // A failure of either destroys both, and reaches the loop below; leaving the loop does the same.
  pipeline(Readable.from(chunks, { highWaterMark: 1 }), gunzip).catch(() => {})
  try {
    for await (const chunk of gunzip) yield chunk
  } catch (error) {
    // What was unpacked before the damage was found is still in the stream.
    const rest: Uint8Array | null = gunzip.read()
    if (rest) yield rest
    throw damage(error)
  }
}

/** What zlib finds wrong, in words; other errors as they are. */
function damage(error: unknown): unknown {
  const { code = '', message } = error as NodeJS.ErrnoException
  if (code === 'Z_BUF_ERROR') return new UnpackError('expected a whole gzip file, got one that ends early')
  if (!code.startsWith('Z_')) return error
  return new UnpackError(`expected an intact gzip file, got a damaged one (${message})`)
}
