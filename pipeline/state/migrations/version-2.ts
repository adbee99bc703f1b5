/**
 * Version 2 had no position, and nothing watched whether learning diverges: that begins now. Everything else is as it
 * was, so a model of version 2 goes on bit for bit.
 */
import type { Tensors } from '../../experts/product.ts'
import { read } from '../json.ts'
import { vector } from '../tensors.ts'
import type { Content } from './migration.ts'

export function fromVersion2({ metadata, tensors }: Content): Content {
  const members =
    metadata.members === undefined ? [] : read<unknown[]>(metadata.members, 'members', Array.isArray)
  // Costs, looks, rows and flags of each member: nothing was looked at.
  const watches: Tensors = Object.fromEntries(
    members.map((_, index) => [`members.${index}.divergence`, vector(new Float64Array(6))]),
  )
  return { metadata: { ...metadata, version: '3' }, tensors: { ...tensors, ...watches } }
}
