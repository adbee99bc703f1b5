/** The model file on disk. A reader of it never sees half a model, whenever the writer dies. */
import {
  accessSync,
  closeSync,
  constants,
  fchmodSync,
  fsyncSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { modelError, systemReason } from '../errors.ts'

/**
 * The bytes of a model file; nothing when there is no such file yet.
 * @throws CommandError (model) when it cannot be read
 */
export function readModelFile(path: string): Uint8Array | undefined {
  try {
    return readFileSync(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw modelError(`expected a model file, cannot read ${path}: ${systemReason(error)}`, error)
  }
}

/**
 * Find out before hours of learning whether the model could be saved after them.
 * @throws CommandError (model) when its folder is missing or read-only, or the file itself is read-only
 */
export function checkWritable(path: string): void {
  const target = targetOf(path)
  const folder = dirname(target)
  const mode = modeOf(target)
  // Renaming would replace it all the same: who made it read-only did not want that.
  if (mode !== undefined && (mode & 0o222) === 0) {
    throw modelError(
      `expected a model file that can be replaced, ${path} is read-only; add --freeze, or make it writable`,
    )
  }
  try {
    accessSync(folder, constants.W_OK | constants.X_OK)
  } catch (error) {
    const reason = systemReason(error)
    throw modelError(`expected a folder to save the model in, cannot write to ${folder}: ${reason}`, error)
  }
}

/**
 * Write the model beside its place, make sure it is on disk, then move it there in one step.
 * @throws CommandError (model) when that fails; the file that was there before is untouched
 */
export function writeModelFile(path: string, bytes: Uint8Array): void {
  const target = targetOf(path)
  const temporary = join(dirname(target), `.${basename(target)}.${process.pid}.tmp`)
  try {
    writeDurably(temporary, bytes, modeOf(target))
    renameSync(temporary, target)
  } catch (error) {
    rmSync(temporary, { force: true })
    throw modelError(`cannot save the model as ${path}: ${systemReason(error)}`, error)
  }
}

/** Where a link leads, so that saving replaces the file and not the link. */
function targetOf(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return path
  }
}

/** The permissions of the file that is about to be replaced. */
function modeOf(path: string): number | undefined {
  const mode = statSync(path, { throwIfNoEntry: false })?.mode
  return mode === undefined ? undefined : mode & 0o777
}

function writeDurably(path: string, bytes: Uint8Array, mode: number | undefined): void {
  const file = openSync(path, 'w')
  try {
    writeFileSync(file, bytes)
    if (mode !== undefined) fchmodSync(file, mode)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}
