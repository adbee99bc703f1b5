/**
 * Boltzmann machines of version 3 had no clock of their own: neither drift put it back, nor were saturated units drawn anew.
 * They go on without, bit for bit.
 */
import { isObject, read } from '../json.ts'
import type { Content } from './migration.ts'

interface Member {
  readonly family: string
  readonly options: object
}

const isMember = (value: unknown): value is Member => isObject(value) && isObject(value.options)

export function fromVersion3({ metadata, tensors }: Content): Content {
  if (metadata.members === undefined) return { metadata: { ...metadata, version: '4' }, tensors }
  const isList = (value: unknown) => Array.isArray(value) && value.every(isMember)
  const members = read<Member[]>(metadata.members, 'members', isList).map(member =>
    member.family === 'rbm'
      ? { ...member, options: { ...member.options, driftReset: false, revival: false } }
      : member,
  )
  return { metadata: { ...metadata, version: '4', members: JSON.stringify(members) }, tensors }
}
