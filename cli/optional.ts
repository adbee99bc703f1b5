/** Packages that npm installs where it can and leaves out where it cannot: native ones, for some platforms. */
import { CommandError, exitCodes } from './errors.ts'

/**
 * For the `catch` of an import that needs such a package.
 * @throws CommandError that names it, what it is for and the remedy; whatever else went wrong as it is
 */
export const explainAbsence =
  (name: string, purpose: string) =>
  (error: unknown): never => {
    const { code, message } = error as NodeJS.ErrnoException
    if (code !== 'ERR_MODULE_NOT_FOUND' || !message.includes(name)) throw error
    const text = `expected the package ${name}, which ${purpose} needs, got none; npm install ${name}`
    throw new CommandError(exitCodes.usage, text, error)
  }
