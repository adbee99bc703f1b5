/** What can end a command, each with the exit code that a script can test for. */

/** Exit codes of `veto`. `internal` is a fault of Veto's own; the signals' codes are the shell's convention. */
export const exitCodes = {
  ok: 0,
  usage: 2,
  input: 3,
  model: 4,
  internal: 70,
  SIGINT: 130,
  SIGTERM: 143,
} as const

/** An expected failure: its message goes to standard error without a stack, and the command ends with `exitCode`. */
export class CommandError extends Error {
  readonly exitCode: number

  constructor(exitCode: number, message: string, cause?: unknown) {
    super(message, { cause })
    this.name = 'CommandError'
    this.exitCode = exitCode
  }
}

/** Options that make no sense, alone or together. Exit code 2. */
export const usageError = (message: string) => new CommandError(exitCodes.usage, message)

/** Input that cannot be read at all, or output that cannot be written. Exit code 3. */
export const inputError = (message: string, cause?: unknown) =>
  new CommandError(exitCodes.input, message, cause)

/** A model file that cannot be read, understood or written. Exit code 4. */
export const modelError = (message: string, cause?: unknown) =>
  new CommandError(exitCodes.model, message, cause)

/** The system's reason for a failed operation on a file, such as `ENOENT: no such file or directory`. */
export function systemReason(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  // Node appends the call and the path, which our own message already names.
  return message.replace(/, \w+( '.*')?$/s, '')
}
