/** The bank of a command line: a model for each key, in a folder, and the threads that share the work on them. */
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Bank } from '../../pipeline/index.ts'
import type { Assignment } from '../desk.ts'
import { modelError, systemReason, usageError } from '../errors.ts'
import { positionFrom } from '../io/position.ts'
import { checkAgreement, detectorOptions, type Kept, type ModelEnds, type ModelFlags } from '../model.ts'
import type { KeyFlags } from '../options.ts'
import { checkLmdbFile } from './lmdb-file.ts'
import { LmdbStore } from './lmdb-store.ts'
import { Team } from './team.ts'

/** The name that LMDB gives its file. */
const DATA = 'data.mdb'

/**
 * @throws CommandError (usage) for options that are wrong or contradict the models,
 * (model) for a folder that is none of models or cannot be written
 */
export function openKeptBank(
  flags: ModelFlags & KeyFlags & { readonly key: string },
  assignment: Assignment,
  ends: ModelEnds,
): Kept {
  const { model, key, memory, maxKeys, workers = 1 } = flags
  const freeze = flags.freeze === true
  if (model === undefined && freeze)
    throw usageError('expected --model with --freeze: without one nothing is ever learned')
  const folder = model === undefined ? temporaryFolder() : folderOf(model, freeze)
  const store = new LmdbStore(folder, { readOnly: freeze })
  if (!freeze) store.discard()
  const isLoaded = store.head !== undefined
  const bank = guarded(
    folder,
    () => new Bank({ ...detectorOptions(flags, ends), key, memory, maxKeys, store }),
  )
  if (isLoaded) checkAgreement(flags, bank)
  const team =
    workers > 1
      ? new Team(bank, store, workers, {
          assignment,
          folder,
          readOnly: freeze,
          key,
          options: bank.options,
          memory,
          maxKeys,
        })
      : undefined
  return {
    detector: bank,
    team,
    isLoaded: isLoaded && model !== undefined,
    position: positionFrom(bank.position),
    saves: model !== undefined && !freeze,
    async save(position) {
      bank.position = position
      if (team?.isAtWork) await team.save()
      else bank.save()
    },
    async close() {
      await team?.end()
      await store.close()
      if (model === undefined) rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Where models rest that nobody asked to keep. */
function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'veto-keys-'))
  // Whatever ends the process, short of killing it.
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  return folder
}

function folderOf(path: string, freeze: boolean): string {
  const entry = statSync(path, { throwIfNoEntry: false })
  if (entry && !entry.isDirectory())
    throw modelError(
      `expected a folder of models with --key, got the file ${path}: it holds one model for all records; leave --key out or choose another place`,
    )
  const data = join(path, DATA)
  if (entry && existsSync(data)) {
    checkLmdbFile(data)
    return path
  }
  if (freeze) throw modelError(`expected models with --freeze, ${path} does not exist`)
  try {
    mkdirSync(path, { recursive: true })
    return path
  } catch (error) {
    throw modelError(`cannot make the folder ${path} for models of keys: ${systemReason(error)}`, error)
  }
}

function guarded<T>(folder: string, make: () => T): T {
  try {
    return make()
  } catch (error) {
    if (error instanceof Error && error.name === 'ModelFileError')
      throw modelError(`${folder}: ${error.message}`, error)
    if (error instanceof RangeError || error instanceof TypeError) throw usageError(error.message)
    throw error
  }
}
