/** The one list of families. A family that stands here is offered, tested and documented everywhere. */
import { frequency } from './frequency.ts'
import type { Family } from './product.ts'
import { prototype } from './prototype.ts'
import { rbm } from './rbm.ts'
import { sparse } from './sparse.ts'
import { tokens } from './tokens.ts'

export const families: readonly Family[] = [rbm, frequency, prototype, tokens, sparse]

/** The family of that name, as in `--experts`. */
export function familyNamed(name: string): Family {
  const family = families.find(candidate => candidate.name === name)
  if (family) return family
  throw new RangeError(
    `Expected a family of experts (${families.map(each => each.name).join(', ')}), got '${name}'.`,
  )
}
