/**
 * Is a file of LMDB's as long as it says? It is mapped into memory, where reading beyond its end kills the process, so
 * this has to be known before it is opened.
 *
 * Its first two pages describe the last two commits, the newer one with the higher number:
 *   24 magic u32   28 version u32   48 bytes of a page u32   144 last page u64   152 number of the commit u64
 * (struct MDB_meta in LMDB's mdb.c, behind a page header of 24 bytes.)
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { modelError } from '../errors.ts'

const MAGIC = 0xbeefc0de
const VERSION = 2
const META_BYTES = 160
const LARGEST_PAGE = 1 << 16

interface Meta {
  readonly pageBytes: number
  readonly lastPage: number
  readonly commit: number
}

function metaAt(file: number, at: number): Meta | undefined {
  const bytes = Buffer.alloc(META_BYTES)
  if (readSync(file, bytes, 0, META_BYTES, at) < META_BYTES) return undefined
  if (bytes.readUInt32LE(24) !== MAGIC || bytes.readUInt32LE(28) !== VERSION) return undefined
  const pageBytes = bytes.readUInt32LE(48)
  if (pageBytes === 0 || pageBytes > LARGEST_PAGE) return undefined
  return {
    pageBytes,
    lastPage: Number(bytes.readBigUInt64LE(144)),
    commit: Number(bytes.readBigUInt64LE(152)),
  }
}

/** @throws CommandError (model) for a file that is cut short, or none of LMDB's */
export function checkLmdbFile(path: string): void {
  const file = openSync(path, 'r')
  try {
    const { size } = fstatSync(file)
    const first = metaAt(file, 0)
    const second = first && metaAt(file, first.pageBytes)
    if (!first || !second)
      throw modelError(
        `expected models of keys, got something else in ${path}: it is damaged or of another kind`,
      )
    const { pageBytes, lastPage } = second.commit > first.commit ? second : first
    const least = (lastPage + 1) * pageBytes
    if (size >= least) return
    throw modelError(
      `expected ${least} bytes of models of keys in ${path}, got ${size}: it was cut short; put back a copy of the folder, or remove it to begin anew`,
    )
  } finally {
    closeSync(file)
  }
}
