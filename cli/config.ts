/**
 * Flags from other places than the command line: environment variables such as VETO_ALPHA, and a file of JSON that
 * `--config` names. The command line counts most, then the environment, then the file. What stands in the file is data:
 * nothing in it is run, fetched or opened, but for the files that its flags name.
 */
import { closeSync, openSync, readSync } from 'node:fs'
import { type Command, InvalidArgumentError, type Option } from 'commander'
import Papa from 'papaparse'
import { show } from '../pipeline/errors.ts'
import { systemReason, usageError } from './errors.ts'
import { familyOptions, fieldKinds, fieldNames, fieldUnits } from './flag-values.ts'

/** A file of flags has no need of more bytes; what is larger is some other file. */
const MOST_BYTES = 1 << 20

export type Environment = Readonly<Record<string, string | undefined>>

/**
 * Give a parsed command the flags that its command line left open: from the environment, else from the file.
 * @param all every command there is: one file may serve them all, and each leaves the flags of the others alone
 * @throws CommandError (usage) for values that the flags would refuse, unknown names, and a file that is no such file
 */
export function takeSettings(command: Command, all: readonly Command[], env: Environment): void {
  takeEnvironment(command, env)
  const file = command.getOptionValue('config') as string | undefined
  if (file === undefined) return
  takeConfig(command, all, parseConfig(readConfig(file), file), file)
}

/** Give a command the flags of a file that it knows. */
export function takeConfig(
  command: Command,
  all: readonly Command[],
  settings: ReadonlyMap<string, unknown>,
  file: string,
): void {
  const known = new Set(all.flatMap(each => each.options.flatMap(namesOf)))
  const own = new Map(command.options.flatMap(option => namesOf(option).map(name => [name, option] as const)))
  for (const name of settings.keys()) {
    if (known.has(name)) continue
    const remedy = `veto ${command.name()} --help lists the flags, without their dashes`
    throw usageError(`${file}: expected names of flags, got ${show(name)}; ${remedy}`)
  }
  for (const [name, value] of settings) {
    const option = own.get(name)
    if (option) take(command, option, 'config', `${file}: ${name}`, () => valueInJson(option, name, value))
  }
}

function takeEnvironment(command: Command, env: Environment): void {
  for (const option of command.options) {
    for (const name of namesOf(option)) {
      const variable = `VETO_${name.replaceAll('-', '_').toUpperCase()}`
      const text = env[variable]
      // An empty variable is one that somebody has cleared.
      if (text) take(command, option, 'env', variable, () => valueInText(option, name, text))
    }
  }
}

/** Set an option unless somebody who counts more has. */
function take(
  command: Command,
  option: Option,
  source: 'env' | 'config',
  from: string,
  value: () => unknown,
): void {
  const attribute = option.attributeName()
  const setBy = command.getOptionValueSource(attribute)
  if (setBy === 'cli' || (setBy === 'env' && source === 'config')) return
  try {
    command.setOptionValueWithSource(attribute, value(), source)
  } catch (error) {
    if (!(error instanceof InvalidArgumentError)) throw error
    throw usageError(`${from}: ${error.message}`)
  }
}

/** What an option is called in a file: `max-line`; a flag that denies something also by what it denies: `color`. */
function namesOf(option: Option): string[] {
  const name = option.name()
  return option.negate ? [name, name.replace(/^no-/, '')] : [name]
}

/**
 * The flags of a file by name: without dashes in front, `maxLine` as `max-line`.
 * @throws CommandError (usage) when the text is no object of JSON, names a flag twice or names another file of flags
 */
export function parseConfig(text: string, file: string): Map<string, unknown> {
  const settings = new Map<string, unknown>()
  for (const [key, value] of Object.entries(objectOf(text, file))) {
    const name = key.replace(/^--?/, '').replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)
    if (settings.has(name))
      throw usageError(`${file}: expected each flag once, got ${show(name)} twice; take one of them out`)
    if (name === 'config')
      throw usageError(
        `${file}: expected flags, got 'config'; a file of flags cannot name another, put them together`,
      )
    settings.set(name, value)
  }
  return settings
}

function objectOf(text: string, file: string): object {
  let value: unknown
  try {
    value = JSON.parse(text.replace(/^\ufeff/, ''))
  } catch (error) {
    throw usageError(`${file}: expected flags as a JSON object, got broken JSON (${systemReason(error)})`)
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value
  throw usageError(`${file}: expected flags as a JSON object, such as {"alpha": 0.001}, got ${show(value)}`)
}

/** The value of an option from what stands in the file: as the flag would take it, or in JSON's own way. */
function valueInJson(option: Option, name: string, value: unknown): unknown {
  if (takesNothing(option)) {
    if (typeof value === 'boolean') return isDenial(option, name) ? !value : value
    throw new InvalidArgumentError(`Expected true or false, got ${show(value)}.`)
  }
  return parsed(option, typeof value === 'string' ? value : textOf(option, value))
}

/** The text that says on the command line what a value says in JSON. */
function textOf(option: Option, value: unknown): string {
  if (typeof value === 'number') return String(value)
  if (option.parseArg === fieldNames && isTexts(value)) return joined(value)
  if (isPaired(option) && isByName(value, option.parseArg === familyOptions ? isScalar : isText))
    return joined(Object.entries(value).map(([name, each]) => `${name}=${each}`))
  throw new InvalidArgumentError(`Expected ${wanted(option)}, got ${show(value)}.`)
}

function wanted({ parseArg }: Option): string {
  if (parseArg === fieldNames) return 'a list of texts'
  if (parseArg === familyOptions) return 'an object of numbers, texts, true or false'
  if (parseArg === fieldUnits) return 'a text or an object of texts'
  return parseArg === fieldKinds ? 'an object of texts' : 'a text or a number'
}

/** Does the option take pairs, which an object says better? */
const isPaired = ({ parseArg }: Option) =>
  parseArg === fieldKinds || parseArg === fieldUnits || parseArg === familyOptions

function valueInText(option: Option, name: string, text: string): unknown {
  if (!takesNothing(option)) return parsed(option, text)
  const said = ['true', '1'].includes(text) ? true : ['false', '0'].includes(text) ? false : undefined
  if (said === undefined) throw new InvalidArgumentError(`Expected true or false, got ${show(text)}.`)
  return isDenial(option, name) ? !said : said
}

const takesNothing = ({ required, optional }: Option) => !required && !optional
/** Is the option called by a name that denies, so that true means false? */
const isDenial = (option: Option, name: string) => option.negate && name === option.name()
/** Without what the option had before: lists do not add up across places. */
const parsed = ({ parseArg }: Option, text: string): unknown => (parseArg ? parseArg(text, undefined) : text)
const joined = (names: readonly string[]) => Papa.unparse([[...names]], { delimiter: ',', newline: '\n' })

const isText = (value: unknown) => typeof value === 'string'
const isScalar = (value: unknown) => isText(value) || typeof value === 'boolean' || Number.isFinite(value)
const isTexts = (value: unknown): value is string[] =>
  Array.isArray(value) && value.length > 0 && value.every(isText)
const isByName = (value: unknown, isOne: (value: unknown) => boolean): value is Record<string, unknown> =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  Object.values(value).length > 0 &&
  Object.values(value).every(isOne)

/** The text of a file, which may be a pipe. */
function readConfig(file: string): string {
  const bytes = Buffer.alloc(MOST_BYTES + 1)
  let length = 0
  try {
    const handle = openSync(file, 'r')
    try {
      for (let read = -1; read !== 0 && length < bytes.length; length += read)
        read = readSync(handle, bytes, length, bytes.length - length, null)
    } finally {
      closeSync(handle)
    }
  } catch (error) {
    throw usageError(`expected a file of flags, cannot read ${file}: ${systemReason(error)}`)
  }
  if (length <= MOST_BYTES) return bytes.toString('utf8', 0, length)
  throw usageError(
    `${file}: expected a file of flags of at most ${MOST_BYTES} bytes, got more; is it another file?`,
  )
}
