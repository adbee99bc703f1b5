/**
 * Unpacks zstd, block by block: frames, limits and checksums are read here, the blocks' contents by fzstd, which does
 * not verify checksums and would allocate any window that a file of twenty bytes asks for.
 */
import { setImmediate as breath } from 'node:timers/promises'
import { Decompress } from 'fzstd'
import xxhash from 'xxhash-wasm'
import { ByteReader } from './byte-reader.ts'
import {
  blockHeader,
  bytesOf,
  damaged,
  frameHeader,
  MOST_BLOCK,
  SKIPPABLE_MAGIC,
  tooShort,
  ZSTD_MAGIC,
} from './zstd-header.ts'

/** Milliseconds of unpacking without a look at signals. */
const LONGEST_TURN = 50

/**
 * The chunks, unpacked; frames that follow one another are read as one.
 * @throws UnpackError for what is damaged, ends early or asks for too much memory; whatever `chunks` throws
 */
export async function* unzstd(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = new ByteReader(chunks)
  const { create64 } = await xxhash()
  let turn = performance.now()
  try {
    while (!(await reader.ended())) {
      const magic = (await bytesOf(reader, 4)).readUInt32LE()
      if ((magic & ~15) >>> 0 === SKIPPABLE_MAGIC) {
        if (!(await reader.skip((await bytesOf(reader, 4)).readUInt32LE()))) throw tooShort()
        continue
      }
      if (magic !== ZSTD_MAGIC) throw damaged('something else follows a frame')
      for await (const piece of frame(reader, create64())) {
        yield piece
        if (performance.now() - turn < LONGEST_TURN) continue
        // Blocks may be tiny and each cost the whole window; without a break no signal would be heard.
        await breath()
        turn = performance.now()
      }
    }
  } finally {
    await reader.close()
  }
}

type Hash = ReturnType<Awaited<ReturnType<typeof xxhash>>['create64']>

/** The content of one frame, a block at a time. */
async function* frame(reader: ByteReader, hash: Hash): AsyncGenerator<Uint8Array> {
  const { bytes, hasChecksum, contentSize } = await frameHeader(reader)
  let pieces: Uint8Array[] = []
  let size = 0
  const decoder = new Decompress(piece => pieces.push(piece))
  const decode = (part: Uint8Array, last: boolean) => {
    pieces = []
    try {
      decoder.push(part, last)
    } catch (error) {
      throw damaged((error as Error).message)
    }
  }
  decode(bytes, false)
  for (let last = false; !last; ) {
    const block = await blockHeader(reader)
    last = block.last
    decode(Buffer.concat([block.bytes, await bytesOf(reader, block.length)]), last)
    for (const piece of pieces) {
      size += piece.length
      if (piece.length > MOST_BLOCK || size > (contentSize ?? size)) throw damaged('more than its size says')
      if (hasChecksum) hash.update(piece)
      yield piece
    }
  }
  if (size !== (contentSize ?? size)) throw damaged('less than its size says')
  if (hasChecksum && (await bytesOf(reader, 4)).readUInt32LE() !== Number(hash.digest() & 0xffffffffn))
    throw damaged('incorrect data check')
}
