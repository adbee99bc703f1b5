/** The model file on disk. A reader of it never sees half a model, whenever the writer dies. */
import {
  accessSync,
  closeSync,
  constants,
  copyFileSync,
  fchmodSync,
  fsyncSync,
  linkSync,
  openSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { modelError, systemReason } from '../errors.ts'

/** The model as it was saved the time before, beside the model itself. */
export const previousOf = (path: string): string => `${targetOf(path)}.previous`

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
 * Write the model beside its place, make sure it is on disk, then move it there in one step. The file that was there is
 * kept as `previousOf(path)`; at every moment a whole model is in place.
 * @param keep whether the file that is there is worth keeping; a damaged one must not take the place of a sound one
 * @throws CommandError (model) when that fails; the file that was there before is untouched
 */
export function writeModelFile(path: string, bytes: Uint8Array, keep = true): void {
  const target = targetOf(path)
  const temporary = temporaryOf(target)
  try {
    const mode = modeOf(target)
    writeDurably(temporary, bytes, mode)
    if (keep && mode !== undefined) keepPrevious(target)
    renameSync(temporary, target)
    syncFolder(dirname(target))
  } catch (error) {
    rmSync(temporary, { force: true })
    throw modelError(`cannot save the model as ${path}: ${systemReason(error)}`, error)
  }
}

/** Gives the present file a second name, so that it is never without its own. */
function keepPrevious(target: string): void {
  const second = `${temporaryOf(target)}2`
  rmSync(second, { force: true })
  try {
    linkSync(target, second)
  } catch {
    // Some file systems know no second names.
    copyFileSync(target, second)
  }
  renameSync(second, previousOf(target))
  // Where both were names of one file already, renaming has left both.
  rmSync(second, { force: true })
}

/** Makes sure that the folder's new names are on disk too. */
export function syncFolder(folder: string): void {
  let descriptor: number
  try {
    descriptor = openSync(folder, 'r')
  } catch {
    // Windows does not open folders, and this one may be writable but not readable.
    return
  }
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

/** A name of this process's own, so that two of them never write into one file. */
const temporaryOf = (target: string): string =>
  join(dirname(target), `.${basename(target)}.${process.pid}.tmp`)

/** Removes what processes left behind that were killed while they saved this model. */
export function removeLeftovers(path: string): void {
  const target = targetOf(path)
  const start = `.${basename(target)}.`
  for (const name of readdirSync(dirname(target))) {
    const [, owner] = (name.startsWith(start) && /^(\d+)\.tmp2?$/.exec(name.slice(start.length))) || []
    if (owner && !isRunning(Number(owner))) rmSync(join(dirname(target), name), { force: true })
  }
}

function isRunning(id: number): boolean {
  try {
    return process.kill(id, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH'
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
