/** Errors of the library that are more than a TypeError (wrong kind) or a RangeError (wrong value). */

/** A model file that cannot be read: truncated, foreign, of another version, or not in agreement with itself. */
export class ModelFileError extends Error {
  override readonly name: string = 'ModelFileError'
}

/** A model file of a version that this version of Veto does not read. It may be sound: no older copy helps. */
export class ModelVersionError extends ModelFileError {
  override readonly name = 'ModelVersionError'
}

/** The parameters of a product have grown beyond all bounds: it has no finite answer to any row. */
export class DivergedError extends RangeError {
  override readonly name = 'DivergedError'
}

/** There is no room for a model in the memory of the kernels: see `limitKernelMemory`. What there was before goes on. */
export class KernelMemoryError extends RangeError {
  override readonly name = 'KernelMemoryError'
}

const SHOWN = 40

/** A value as it stands in a message: short, and without running any code of the value's own. */
export function show(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return `an array of ${value.length}`
  switch (typeof value) {
    case 'string':
      return value.length > SHOWN
        ? `${JSON.stringify(value.slice(0, SHOWN))}… (${value.length} characters)`
        : JSON.stringify(value)
    case 'object':
      return 'an object'
    case 'function':
      return 'a function'
    default:
      return String(value)
  }
}
