/** Errors that end a command, with its exit code. */

/** 2: the command line was wrong. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
  readonly exitCode = 2
}

/** 3: the input could not be read, or with --strict had a line that was rejected. */
export class InputError extends Error {
  override readonly name = 'InputError'
  readonly exitCode = 3
}

/** 4: a model file could not be read or written. */
export class ModelError extends Error {
  override readonly name = 'ModelError'
  readonly exitCode = 4
}
