/** The encodings by name. */
import type { Encoding } from '../experts/product.ts'
import { bins } from './bins.ts'
import { bit } from './bit.ts'
import { hour, weekday } from './clock.ts'
import { count } from './count.ts'
import type { EncoderType } from './field.ts'
import { indexOf } from './index-of.ts'
import { oneHot } from './one-hot.ts'
import { real } from './real.ts'
import { template } from './template.ts'
import { tokens } from './tokens.ts'
import { words } from './words.ts'

const all = [bins, count, oneHot, bit, real, indexOf, hour, weekday, tokens, template, words]
const types = new Map<string, EncoderType>(all.map(type => [type.encoding, type]))

/** The encoding of that name, as a family asks for it or a model file holds it. */
export function encodingNamed(name: Encoding | string): EncoderType {
  const type = types.get(name)
  if (type) return type
  throw new RangeError(`Expected an encoding (${[...types.keys()].join(', ')}), got '${name}'.`)
}
