/** Options that are given to several families of experts at once: each takes those that it knows and allows. */
import type { Family, FamilyOptions } from './experts/product.ts'

/** Why a family refuses an option; null when it takes it. Throws what is wrong with its kind. */
function refusal({ streamOptions, checkOptions }: Family, option: FamilyOptions): RangeError | null {
  try {
    checkOptions({ ...streamOptions, ...option })
    return null
  } catch (error) {
    if (error instanceof RangeError) return error
    throw error
  }
}

/** The options that a family takes: a rate of 10 is none for prototypes, which it would throw beyond the data. */
export function optionsTakenBy(family: Family, options: FamilyOptions): FamilyOptions {
  const taken = Object.entries(options).filter(
    ([name, value]) => family.optionNames.includes(name) && refusal(family, { [name]: value }) === null,
  )
  return Object.fromEntries(taken)
}

/**
 * Refuse options that none of the families knows, values that all of them refuse, and such as do not go together in one
 * of them.
 */
export function checkTaken(families: readonly Family[], options: FamilyOptions): void {
  const known = new Set(families.flatMap(({ optionNames }) => optionNames))
  for (const [name, value] of Object.entries(options)) {
    if (!known.has(name)) {
      throw new RangeError(`Expected options of the experts (${[...known].join(', ')}), got '${name}'.`)
    }
    // One family takes all of them, together: some may only make sense beside others.
    if (families.length === 1) continue
    const asked = families.filter(({ optionNames }) => optionNames.includes(name))
    const refusals = asked.map(family => refusal(family, { [name]: value }))
    const [first] = refusals
    if (first && !refusals.includes(null)) throw first
  }
  for (const family of families) {
    const taken = families.length === 1 ? options : optionsTakenBy(family, options)
    family.checkOptions({ ...family.streamOptions, ...taken })
  }
}
