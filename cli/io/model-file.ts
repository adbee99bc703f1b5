/** Model files on disk: read whole, written so that there is always a complete one. */
import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { ModelError } from './errors.ts'

/** The bytes of the file; undefined when there is none. */
export function readModel(path: string): Uint8Array | undefined {
  if (!existsSync(path)) return undefined
  try {
    return readFileSync(path)
  } catch (error) {
    throw new ModelError(`Expected a readable model file, got ${path}: ${(error as Error).message}.`)
  }
}

/** Replace the file by these bytes: written beside it, flushed to the disk, and renamed. */
export function writeModel(path: string, bytes: Uint8Array): void {
  const temporary = `${path}.${process.pid}.tmp`
  try {
    flush(temporary, 'w', bytes)
    renameSync(temporary, path)
    // The new name, too, has to reach the disk.
    flush(dirname(path), 'r')
  } catch (error) {
    rmSync(temporary, { force: true })
    throw new ModelError(`Expected to write the model to ${path}, but: ${(error as Error).message}.`)
  }
}

function flush(path: string, flags: 'w' | 'r', bytes?: Uint8Array): void {
  const file = openSync(path, flags)
  try {
    for (let at = 0; bytes && at < bytes.length; ) at += writeSync(file, bytes, at)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}
