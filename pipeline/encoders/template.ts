/**
 * Free text by its template: what is left of it when everything with digits is masked, taken as a category. Texts that a
 * program prints have few templates, each with a rate of its own; those that people write are all new, which is ordinary
 * among new ones: see `index-of.ts`.
 */
import { numbered } from './index-of.ts'
import { wordsOf } from './tokens.ts'
import { isMissing, textOf } from './values.ts'

/** The different words of a text in order, digits masked; of many words a beginning and a hash. */
function templateOf(value: unknown): string | undefined {
  if (isMissing(value) || !['string', 'number', 'bigint', 'boolean'].includes(typeof value)) return undefined
  return Number.isNaN(value) ? undefined : textOf(wordsOf(String(value)).join(' '))
}

export const template = numbered({ kind: 'text', encoding: 'template', partial: true, nameOf: templateOf })
