/** The folder that models of keys are in: found, founded, or for the time of one process. */
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CommandError, modelError, systemReason } from '../errors.ts'
import { checkLmdbFile } from './lmdb-file.ts'
import { LmdbStore, SCRATCH } from './lmdb-store.ts'

/** The names that LMDB gives its files. */
const DATA = 'data.mdb'
const LOCK = 'lock.mdb'

/** Where models rest that nobody asked to keep. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'veto-keys-'))
  // Whatever ends the process, short of killing it.
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/**
 * Make sure that a path leads to a folder of models; a new one unless `freeze`.
 * @throws CommandError (model) for a file, for what was damaged, and when it cannot be made
 */
export async function prepareFolder(path: string, freeze: boolean): Promise<void> {
  const entry = statSync(path, { throwIfNoEntry: false })
  if (entry && !entry.isDirectory())
    throw modelError(
      `expected a folder of models with --key, got the file ${path}: it holds one model for all records; leave --key out or choose another place`,
    )
  const data = join(path, DATA)
  if (existsSync(data)) return checkLmdbFile(data)
  if (existsSync(join(path, LOCK)))
    throw modelError(
      `expected models of keys in ${path}, got a folder without ${DATA}; put back a copy of it, or remove the folder to begin anew`,
    )
  if (freeze) throw modelError(`expected models with --freeze, ${path} does not exist`)
  await found(path)
}

/** Whole or not at all, so that a file without content is always a damaged one. */
async function found(path: string): Promise<void> {
  try {
    mkdirSync(path, { recursive: true })
    const cradle = mkdtempSync(join(path, SCRATCH))
    await new LmdbStore(cradle).close()
    renameSync(join(cradle, DATA), join(path, DATA))
    rmSync(cradle, { recursive: true, force: true })
  } catch (error) {
    if (error instanceof CommandError) throw error
    throw modelError(`cannot make the folder ${path} for models of keys: ${systemReason(error)}`, error)
  }
}
