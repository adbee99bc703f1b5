/** The bank of a command line: a model for each key, in a folder, and the threads that share the work on them. */
import { rmSync } from 'node:fs'
import { Bank } from '../../pipeline/index.ts'
import type { Assignment } from '../desk.ts'
import { modelError, usageError } from '../errors.ts'
import { positionFrom } from '../io/position.ts'
import { checkAgreement, detectorOptions, type Kept, type ModelEnds, type ModelFlags } from '../model.ts'
import type { KeyFlags } from '../options.ts'
import { prepareFolder, temporaryFolder } from './folder.ts'
import { LmdbStore } from './lmdb-store.ts'
import { Team } from './team.ts'

/**
 * @throws CommandError (usage) for options that are wrong or contradict the models,
 * (model) for a folder that is none of models or cannot be written
 */
export async function openKeptBank(
  flags: ModelFlags & KeyFlags & { readonly key: string },
  assignment: Assignment,
  ends: ModelEnds,
): Promise<Kept> {
  const { model, key, memory, maxKeys, workers = 1 } = flags
  const freeze = flags.freeze === true
  if (model === undefined && freeze)
    throw usageError('expected --model with --freeze: without one nothing is ever learned')
  if (model !== undefined) await prepareFolder(model, freeze)
  const folder = model ?? temporaryFolder()
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
          relaxed: flags.relaxed === true,
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
