/** Which words of a text are unusual among the others: the reason behind the surprise of a group of tokens. */
import { tokenOf, wordsOf } from './encoders/tokens.ts'
import type { Product, Row } from './experts/product.ts'
import { unitKinds } from './visible.ts'

export interface WordSurprise {
  /** As it counts: in lower case, digits masked. */
  readonly word: string
  /** −log p(word | all others of the text), nats. */
  readonly surprise: number
}

/** Where a group, as `surprise` counts them, stands in a row. */
function placeOf({ visible }: Product, group: number): { at: number; size: number; isTokens: boolean } {
  let at = 0
  let first = 0
  for (const { kind, size } of visible) {
    if (group < first + unitKinds[kind].groups(size)) return { at, size, isTokens: kind === 'tokens' }
    at += unitKinds[kind].values(size)
    first += unitKinds[kind].groups(size)
  }
  return { at, size: 0, isTokens: false }
}

/** The row without one token of a group. */
function without(row: Row, at: number, token: number): Row {
  const rest = row.slice()
  const place = row.indexOf(token, at)
  rest[place] = Number.NaN
  return rest
}

/**
 * The words of `text`, which `row` holds in that group, the most surprising first. One `conditional` a word: a reason
 * for a record that is looked at, and no score for every one. Throws a RangeError when the group has no tokens.
 */
export function wordSurprises(product: Product, row: Row, group: number, text: string): WordSurprise[] {
  const { at, size, isTokens } = placeOf(product, group)
  if (!isTokens) throw new RangeError(`Expected a group of tokens, got group ${group}, which is none.`)
  const held = new Set(row.subarray(at, at + unitKinds.tokens.values(size)))
  const surprises = new Map<number, number>()
  for (const token of held) {
    if (Number.isNaN(token)) continue
    surprises.set(token, -Math.log(product.conditional(without(row, at, token), group)[token]))
  }
  return wordsOf(text)
    .flatMap(word => {
      const surprise = surprises.get(tokenOf(word, size))
      return surprise === undefined ? [] : [{ word, surprise }]
    })
    .sort((a, b) => b.surprise - a.surprise)
}
