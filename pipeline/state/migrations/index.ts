/** Model files of earlier versions, made into files of this one. */
import { ModelVersionError } from '../../errors.ts'
import type { Content, Migration } from './migration.ts'
import { fromVersion1 } from './version-1.ts'
import { fromVersion2 } from './version-2.ts'
import { fromVersion3 } from './version-3.ts'

/** Raised when a file of the old version can no longer be continued bit for bit without a migration. */
export const FORMAT_VERSION = '4'

/** By the version that they begin with, each to the next one. */
const migrations: ReadonlyMap<string, Migration> = new Map([
  ['1', fromVersion1],
  ['2', fromVersion2],
  ['3', fromVersion3],
])

/** Every version that can be read, the oldest first. */
export const readableVersions: readonly string[] = [...migrations.keys(), FORMAT_VERSION]

/** The content as a file of FORMAT_VERSION has it. Throws a ModelVersionError for versions that are not readable. */
export function migrate(content: Content): Content {
  const { version } = content.metadata
  if (version === FORMAT_VERSION) return content
  const migration = version === undefined ? undefined : migrations.get(version)
  if (migration) return migrate(migration(content))
  const got = version === undefined ? 'none' : `version ${JSON.stringify(version.slice(0, 40))}`
  throw new ModelVersionError(
    `Expected a model file of format version ${readableVersions.join(', ')}, which this version of Veto reads, got ` +
      `${got}; read it with the version of Veto that wrote it, or learn a new model.`,
  )
}
