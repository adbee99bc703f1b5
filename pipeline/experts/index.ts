/** All families, for those who do not choose which a bundle holds. */
import { AUTO } from '../choice.ts'
import * as all from './all.ts'
import { familyAmong } from './among.ts'
import type { Family } from './product.ts'

/** In the order of their names. */
export const families: readonly Family[] = Object.values(all)

/** Every name that the option `experts` may have. */
export const choices: readonly string[] = [AUTO, ...families.map(({ name }) => name)]

/** The family of that name, as in `--experts`. */
export function familyNamed(name: string): Family {
  return familyAmong(families, name)
}
