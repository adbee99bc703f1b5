/** Numbers and reasons in words. Whatever comes from data is text of a bounded length in which nothing acts. */
import type { Reason, Value } from 'veto'

/** Characters of a value or of a field's name that are shown. */
const LONGEST = 48

/** Control characters, and those that turn the direction of text around or are not seen. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\u2028\u2029]/gu

const spelled = (character: string) => `\\u{${character.codePointAt(0)?.toString(16)}}`

/** Text of others: at most so many characters of it, with what cannot be seen spelled out. */
export function shown(text: string, longest = LONGEST): string {
  const start = Array.from(text.slice(0, 2 * longest + 2))
  const short = start.length > longest ? `${start.slice(0, longest).join('')}…` : text
  return short.replace(UNSEEN, spelled)
}

const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 })
const precise = new Intl.NumberFormat('en', { maximumSignificantDigits: 3 })

/** A number as a person would say it: 812, 3.14, 0.0012. */
export function number(value: number): string {
  return Math.abs(value) >= 100 ? whole.format(value) : precise.format(value)
}

function inWords(value: Value): string {
  if (value === null) return 'missing'
  return typeof value === 'number' ? number(value) : shown(String(value))
}

/** The same in two short lines: what it was, and what it should have been. */
export function briefly({ field, value, expected }: Reason): string[] {
  return [`${shown(field)} ${inWords(value)}`, `expected ${inWords(expected)}`]
}

/** Why a record alarms, such as `speed 812, expected 40 (9.3 nats)`. */
export function reason({ field, value, expected, surprise }: Reason): string {
  const instead = expected === null ? '' : `, expected ${inWords(expected)}`
  return `${shown(field)} ${inWords(value)}${instead} (${surprise.toFixed(1)} nats)`
}

/** A p-value: `1 in 4,000` says more than 0.00025. */
export function oneIn(p: number): string {
  return `1 in ${whole.format(1 / p)}`
}
