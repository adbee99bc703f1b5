/**
 * What is composed of products ⇄ a file: tensors, and in the metadata a JSON value that describes them. Every value is
 * checked for its type here, and for its meaning by whoever restores it.
 */
import { KernelMemoryError, ModelFileError, ModelVersionError } from '../errors.ts'
import type { Tensors } from '../experts/product.ts'
import { checksumLike, checksumOf } from './checksum.ts'
import { checkFormat } from './formats.ts'
import { type Check, read, refuse } from './json.ts'
import { type Metadata, readSafetensors, writeSafetensors } from './safetensors.ts'
import { TensorReader } from './tensor-reader.ts'

/** Raised when what stands in the files changes; those of before have to be migrated then. */
const VERSION = '1'

/** The file of a kind, such as `veto-stack`. The same input gives the same bytes. */
export function writeComposed(format: string, described: unknown, tensors: Tensors): Uint8Array<ArrayBuffer> {
  const metadata = { format, version: VERSION, described: JSON.stringify(described) }
  return writeSafetensors(tensors, { ...metadata, checksum: checksumOf(tensors, metadata) })
}

/**
 * Read a file of that kind with `restore`, which takes its tensors.
 * @throws ModelFileError for anything that `writeComposed` did not write, ModelVersionError for one of another version
 */
export function readComposed<D, T extends { release(): void }>(
  file: Uint8Array,
  format: string,
  isDescribed: Check,
  restore: (described: D, tensors: TensorReader) => T,
): T {
  const { tensors, metadata } = readSafetensors(file)
  checkFormat(metadata.format, format)
  checkVersion(metadata)
  const { checksum } = metadata
  // A file without one was made by hand, which is allowed.
  const computed = checksum === undefined ? undefined : checksumLike(checksum, tensors, metadata)
  if (checksum !== computed)
    refuse(`the checksum that it says it has, ${checksum}`, `${computed}: it is damaged`)
  const described = read<D>(metadata.described, 'description', isDescribed)
  const reader = new TensorReader(tensors)
  let restored: T | undefined
  try {
    restored = restore(described, reader)
    reader.finish()
    return restored
  } catch (error) {
    restored?.release()
    const isOther = !(error instanceof Error) || error instanceof KernelMemoryError
    if (error instanceof ModelFileError || isOther) throw error
    throw new ModelFileError(`Expected a model file in agreement with itself. ${error.message}`, {
      cause: error,
    })
  }
}

function checkVersion({ version }: Metadata): void {
  if (version === VERSION) return
  const told = version === undefined ? 'none' : JSON.stringify(version.slice(0, 40))
  throw new ModelVersionError(
    `Expected a file of version ${VERSION}, got one of version ${told}; read it with the Veto that wrote it.`,
  )
}
