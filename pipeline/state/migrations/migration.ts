import type { Tensors } from '../../experts/product.ts'
import type { Metadata } from '../safetensors.ts'

/** What a model file holds, of any version: metadata and tensors. */
export interface Content {
  readonly metadata: Metadata
  readonly tensors: Tensors
}

/**
 * From a version to the next one: pure data to pure data. A migration knows the two versions and nothing of the classes
 * of today, so that it remains true when they change. It may trust that the file is sound only as far as it looks:
 * what comes out is checked as every file of the newest version is. Throws a ModelFileError for what cannot be.
 */
export type Migration = (content: Content) => Content
