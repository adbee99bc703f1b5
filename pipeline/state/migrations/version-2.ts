/**
 * Version 2 had no position. Everything else is as it was: a model of version 2 goes on bit for bit.
 */
import type { Content } from './migration.ts'

export function fromVersion2({ metadata, tensors }: Content): Content {
  return { metadata: { ...metadata, version: '3' }, tensors }
}
