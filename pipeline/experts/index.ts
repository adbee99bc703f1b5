/** The one list of families. A family that stands here is offered, tested and documented everywhere. */
import { AUTO } from '../choice.ts'
import { familyAmong } from './among.ts'
import { frequency } from './frequency.ts'
import type { Family } from './product.ts'
import { prototype } from './prototype.ts'
import { rbm } from './rbm.ts'
import { sparse } from './sparse.ts'
import { tokens } from './tokens.ts'

export const families: readonly Family[] = [rbm, frequency, prototype, tokens, sparse]

/** Every name that the option `experts` may have. */
export const choices: readonly string[] = [AUTO, ...families.map(({ name }) => name)]

/** The family of that name, as in `--experts`. */
export function familyNamed(name: string): Family {
  return familyAmong(families, name)
}
