/** Unpacks what is compressed with gzip, known by its first two bytes; everything else passes as it is. */
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { CHUNK_BYTES } from './origin.ts'

const MAGIC = [0x1f, 0x8b] as const
/** Bytes at the beginning that tell whether something is compressed. */
export const MAGIC_BYTES = 4

/** Whether these first bytes say that what follows is compressed. */
export const isCompressed = (start: Uint8Array) => MAGIC.every((byte, index) => start[index] === byte)

/** The chunks come from a damaged gzip file; its beginning, before the damage, may have been delivered. */
export class UnpackError extends Error {}

/**
 * The chunks, unpacked where they are gzip. Nothing is pulled before there is room for it; members that follow one
 * another (`cat a.gz b.gz`) are read as one.
 *
 * @throws UnpackError for gzip that is damaged or ends early; whatever `chunks` throws
 */
export async function* unpacked(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const iterator = chunks[Symbol.asyncIterator]()
  const start = await beginning(iterator)
  const whole = joined(start, iterator)
  if (isCompressed(start)) yield* gunzipped(whole)
  else yield* whole
}

/** The first chunks, until it is certain whether they are gzip: one byte that cannot begin it is enough. */
async function beginning(iterator: AsyncIterator<Uint8Array>): Promise<Uint8Array> {
  let start: Uint8Array = new Uint8Array(0)
  while (start.length === 0 || (start.length === 1 && start[0] === MAGIC[0])) {
    const next = await iterator.next()
    if (next.done) break
    start = start.length === 0 ? next.value : Buffer.concat([start, next.value])
  }
  return start
}

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
