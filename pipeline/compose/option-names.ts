/** Names of options: a misspelt one would leave the default where its writer thinks that it was changed. */
import { show } from '../errors.ts'

/**
 * Refuse what is no object of options, and names that none of them has.
 * @param what whose options they are, such as `a stack`
 * @param example options that it takes, as one would write them
 */
export function checkNames(what: string, options: unknown, names: readonly string[], example: string): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options))
    throw new TypeError(`Expected options of ${what}, such as ${example}, got ${show(options)}.`)
  const other = Object.keys(options).find(name => !names.includes(name))
  if (other !== undefined)
    throw new RangeError(`Expected options of ${what}: ${names.join(', ')}; got ${show(other)}.`)
}
