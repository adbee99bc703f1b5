/** Where what was read before has gone: found by inode, then by what stands before the position. */
import { inputError } from '../../errors.ts'
import type { SourcePosition } from '../source.ts'
import { tailOf } from '../tail.ts'
import { GrowingFile } from './growing-file.ts'
import { checkKind } from './resumption.ts'
import { relativesOf } from './rotation.ts'

/**
 * The file that a position is in, among that at the path and those it was rotated into; nothing when the position is a
 * beginning and the file is gone.
 * @throws CommandError (input) when there is none that holds what was read before
 */
export function found(path: string, from: SourcePosition): GrowingFile | undefined {
  checkKind(path, from)
  const files = relativesOf(path).filter(({ size }) => size >= from.bytes)
  const same = files.filter(({ inode }) => inode === from.inode)
  // Without bytes before it, one beginning is like any other.
  const others = from.bytes === 0 || from.tail === undefined ? [] : files
  for (const { path: candidate } of [...same, ...others]) {
    const file = openedAt(candidate, from.bytes, from.tail)
    if (file) return file
  }
  if (from.bytes === 0) return undefined
  throw inputError(
    `cannot go on in ${path}: expected it, or a file beside it whose name begins with its name, to hold the ${from.bytes} bytes that were read before (checksum ${from.tail ?? 'unknown'}), found none; bring the file back (unpacked, if it was compressed meanwhile), or leave out --resume, with another --output, to read ${path} from its beginning`,
  )
}

/**
 * The file at the path, at its beginning, if it can be read yet: opened before anything is given, so that already the
 * first position says which file it is in, should that be rotated before more is read.
 */
export const presentAt = (path: string): GrowingFile | undefined => openedAt(path, 0, undefined)

/** The copy that holds what was read of a file before it was truncated, at the end of that. */
export function copyOf(path: string, { inode, offset, tail }: GrowingFile): GrowingFile | undefined {
  if (offset === 0) return undefined
  for (const relative of relativesOf(path)) {
    if (relative.inode === inode || relative.size < offset) continue
    const copy = openedAt(relative.path, offset, tailOf(tail))
    if (copy) return copy
  }
  return undefined
}

function openedAt(path: string, offset: number, tail: string | undefined): GrowingFile | undefined {
  let file: GrowingFile
  try {
    file = new GrowingFile(path, offset)
  } catch {
    // Renamed or deleted meanwhile, or somebody else's.
    return undefined
  }
  if (tail === undefined || tailOf(file.tail) === tail) return file
  file.close()
  return undefined
}
