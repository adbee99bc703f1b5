/** Finding a family among those that a program has brought along. */
import type { Family } from './product.ts'

/** @throws RangeError when there is none of that name */
export function familyAmong(families: readonly Family[], name: string): Family {
  const family = families.find(candidate => candidate.name === name)
  if (family) return family
  throw new RangeError(
    `Expected a family of experts (${families.map(each => each.name).join(', ')}), got '${name}'.`,
  )
}
