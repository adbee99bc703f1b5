/** What a bank notes down in the position of its head, which is a model file otherwise. */
import { ModelFileError } from '../errors.ts'
import { isCount, isText, listOf, shapeOf } from '../state/json.ts'
import { SHARDS } from './keys.ts'

export interface BankNote {
  /** The field whose value is the key. */
  readonly key: string
  /** At the beginning: the keys of the records that the detector keeps. */
  readonly first: readonly string[]
  /** Later: keys by shard. */
  readonly counts: readonly number[]
  /** Where the stream stands. */
  readonly stream: unknown
}

const isNote = shapeOf({
  key: isText,
  first: listOf(isText),
  counts: listOf(isCount),
  stream: () => true,
})

/** @throws ModelFileError when it is none */
export function readBankNote(position: unknown): BankNote {
  const note = { stream: null, ...(position as object) }
  if (isNote(note) && [0, SHARDS].includes((note as unknown as BankNote).counts.length))
    return note as unknown as BankNote
  throw new ModelFileError(
    'Expected the models of keys, got one model for all records; leave the key out, or choose another place.',
  )
}
