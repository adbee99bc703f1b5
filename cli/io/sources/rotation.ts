/**
 * The files that a log was rotated into: app.log.1, app.log-20240131, … in the folder of app.log.
 *
 * Some programs give the oldest file the highest number, others the lowest; the times of their last changes tell which.
 */
import { readdirSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { inputError } from '../../errors.ts'

export interface Relative {
  readonly path: string
  readonly inode: number
  /** In bytes. */
  readonly size: number
  /** Time of the last change, in nanoseconds since 1970. */
  readonly modified: bigint
}

/** What stands behind the name of a file that was rotated: a number, or a date, or both. */
const rotated = /^[.\-_]?\d[\d.\-_:+TZ]*$|^[.\-_]old$/
const compressed = /\.(gz|zst|xz|bz2|lz4)$/
/** A number that counts; one with more digits is a date. */
const counted = /^[.\-_]?(\d{1,5})$/

/** What is at a path, if it is a regular file. */
export function relativeAt(path: string): Relative | undefined {
  const entry = statSync(path, { bigint: true, throwIfNoEntry: false })
  if (!entry?.isFile()) return undefined
  return { path, inode: Number(entry.ino), size: Number(entry.size), modified: entry.mtimeNs }
}

/** All regular files beside this one whose names begin with its name, in no order but that the file itself, if there is one, comes first. */
export function relativesOf(path: string): Relative[] {
  const name = basename(path)
  const own = relativeAt(path)
  const others = namesIn(dirname(path))
    .filter(other => other.startsWith(name) && other !== name)
    .map(other => relativeAt(join(dirname(path), other)))
    .filter(other => other !== undefined)
    .filter(({ inode }) => inode !== own?.inode)
  return own ? [own, ...others] : others
}

/** The names in a folder; none when it cannot be read, or does not exist yet. */
function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

/**
 * What the log at this path was written to after `file`, oldest first, the present file last. Empty files are left out.
 * @param file one that the log was written to; it may have been deleted since
 * @throws CommandError (input) when one of them has been compressed already
 */
export function writtenAfter(path: string, file: Relative): Relative[] {
  const relatives = relativesOf(path).filter(relative => relative.path === path || isRotated(path, relative))
  const before = orderOf(relatives, path)
  const known = relatives.find(({ inode }) => inode === file.inode)
  const isAfter = (relative: Relative) => {
    if (relative.path === path) return true
    if (known) return before(known, relative) < 0
    // A file that has been deleted was the oldest one, but a compressed copy with its time may be its own.
    return relative.modified > file.modified || (relative.modified === file.modified && !isPacked(relative))
  }
  const later = relatives.filter(relative => relative.size > 0 && relative !== known && isAfter(relative))
  const packed = later.find(isPacked)
  if (packed)
    throw inputError(
      `cannot go on to ${packed.path}: expected it as it was written, it is compressed; unpack it beside the others, then --resume`,
    )
  return later.sort(before)
}

const isPacked = ({ path }: Relative) => compressed.test(path)

const isRotated = (path: string, relative: Relative) => rotated.test(suffixOf(path, relative))

/** What stands behind the log's name, but for the ending of a compressed file. */
const suffixOf = (path: string, relative: Relative) =>
  basename(relative.path).slice(basename(path).length).replace(compressed, '')

/** Comparison of files, below 0 when the first one is older: by their numbers or dates where all have some, else by time. */
function orderOf(files: readonly Relative[], path: string): (a: Relative, b: Relative) => number {
  const numberOf = (file: Relative) => Number(counted.exec(suffixOf(path, file))?.[1] ?? Number.NaN)
  const byTime = (a: Relative, b: Relative) => Number(a.modified - b.modified) || byName(a, b)
  const others = files.filter(file => file.path !== path).sort((a, b) => numberOf(a) - numberOf(b))
  const rising = others.length > 0 && others[0].modified < others[others.length - 1].modified
  const counting = others.every(file => !Number.isNaN(numberOf(file)))
  const direction = rising ? 1 : -1
  return (a, b) => {
    if (a.path === path || b.path === path) return Number(a.path === path) - Number(b.path === path)
    return counting ? direction * (numberOf(a) - numberOf(b)) : byTime(a, b)
  }
}

const byName = (a: Relative, b: Relative) => a.path.localeCompare(b.path, 'en', { numeric: true })
