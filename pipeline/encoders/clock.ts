/**
 * Timestamps: what hour of the day and what day of the week it is, two categories that recur. The wall clock of a text
 * is taken as it was written, in its own offset from UTC, whatever the time zone of the machine; numbers are UTC.
 */
import type { Encoding, Row } from '../experts/product.ts'
import type { EncoderType, FieldEncoder, Outcome } from './field.ts'
import { isMissing, isNested, isNonFinite, numberOf } from './values.ts'

/** What a wall clock shows; a part that the timestamp does not tell is undefined. */
export interface Clock {
  /** 0 to 23. */
  readonly hour?: number
  /** 0 for Sunday to 6. */
  readonly weekday?: number
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
const WEEKDAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']

const TIME = '(?<hour>\\d{2}):(?<minute>\\d{2})(?::(?<second>\\d{2})(?:[.,]\\d+)?)?'
const OFFSET = '(?:\\s*(?:z|utc|gmt|[+-]\\d{2}(?::?\\d{2})?))?(?:\\s*\\([^)]*\\))?'
const NAME = '(?<name>[a-z]{3})'
const pattern = (source: string) => new RegExp(`^\\s*${source}\\s*$`, 'i')

const PATTERNS: readonly RegExp[] = [
  // ISO 8601: 2026-11-21T11:15:41.5+01:00, with a space for the T, without a time, or all of it without separators.
  pattern(`(?<year>\\d{4})-(?<month>\\d{2})-(?<day>\\d{2})(?:(?:t|\\s)\\s*${TIME}${OFFSET})?`),
  pattern(
    `(?<year>\\d{4})(?<month>\\d{2})(?<day>\\d{2})t(?<hour>\\d{2})(?<minute>\\d{2})(?<second>\\d{2})?(?:[.,]\\d+)?${OFFSET}`,
  ),
  // RFC 2822: Sat, 21 Nov 2026 11:15:41 +0100.
  pattern(`(?:[a-z]{3},\\s*)?(?<day>\\d{1,2})\\s+${NAME}\\s+(?<year>\\d{4})\\s+${TIME}${OFFSET}`),
  // Web servers: [21/Nov/2026:11:15:41 +0100].
  pattern(`\\[?(?<day>\\d{2})/${NAME}/(?<year>\\d{4}):${TIME}${OFFSET}\\]?`),
  // C's asctime and RFC 3164: Sat Nov 21 11:15:41 2026, and Nov 21 11:15:41 without the year.
  pattern(`(?:[a-z]{3}\\s+)?${NAME}\\s+(?<day>\\d{1,2})\\s+${TIME}${OFFSET}(?:\\s+(?<year>\\d{4}))?`),
]

/** Longer texts are no timestamps, and are not looked at. */
const LONGEST = 64

/** The number of the month, 0 to 11; −1 when there is none of that name. */
function monthOf({ month, name }: Record<string, string | undefined>): number {
  return name === undefined ? Number(month) - 1 : MONTHS.indexOf(name.toLowerCase())
}

/** Day of the week; undefined when the calendar has no such day. Without a year any day of the month passes. */
function weekdayOf(year: number, month: number, day: number): number | undefined {
  const date = new Date(Date.UTC(year, month, day))
  return date.getUTCMonth() === month && date.getUTCDate() === day ? date.getUTCDay() : undefined
}

function clockOfMatch(groups: Record<string, string | undefined>): Clock | undefined {
  const month = monthOf(groups)
  const [hour, minute, second] = [groups.hour, groups.minute, groups.second].map(Number)
  // 60 is a leap second.
  if (month < 0 || hour > 23 || minute > 59 || second > 60) return undefined
  // Of a year that is not told, a leap year: it has all days that there are.
  const weekday = weekdayOf(Number(groups.year ?? 2000), month, Number(groups.day))
  if (weekday === undefined) return undefined
  return {
    ...(groups.hour === undefined ? {} : { hour }),
    ...(groups.year === undefined ? {} : { weekday }),
  }
}

/** The clock of a text that is a date; undefined when it is none. */
function clockOfText(text: string): Clock | undefined {
  if (text.length > LONGEST) return undefined
  for (const each of PATTERNS) {
    const groups = each.exec(text)?.groups
    if (groups) return clockOfMatch(groups)
  }
  return undefined
}

/** Largest numbers of seconds, milliseconds, microseconds since 1970: beyond them lies the next finer unit. */
const UNITS: readonly [largest: number, perSecond: number][] = [
  [1e11, 1],
  [1e14, 1e3],
  [1e17, 1e6],
  [1e20, 1e9],
]

/** The clock of a number of seconds or milliseconds, micro- or nanoseconds since 1970, whichever its size suggests. */
function clockOfNumber(number: number): Clock | undefined {
  const unit = UNITS.find(([largest]) => Math.abs(number) < largest)
  if (!unit) return undefined
  const hours = Math.floor(number / unit[1] / 3600)
  const modulo = (value: number, size: number) => ((value % size) + size) % size
  // 1 January 1970 was a Thursday.
  return { hour: modulo(hours, 24), weekday: modulo(Math.floor(hours / 24) + 4, 7) }
}

/** What the wall clock shows at a timestamp, given as a text or as a number since 1970; undefined when it is none. */
export function clockOf(value: unknown): Clock | undefined {
  if (value instanceof Date) return clockOfNumber(value.getTime() / 1000)
  const number = numberOf(value)
  if (Number.isFinite(number)) return clockOfNumber(number)
  return typeof value === 'string' ? clockOfText(value) : undefined
}

/** Least share of dates among the values of a field of timestamps. */
const LEAST_SHARE = 0.95

/** Are these values, the present ones of a field, dates in words? Numbers may be anything and are taken for none. */
export function isTimestamp(values: readonly unknown[]): boolean {
  const dates = values.filter(value => typeof value === 'string' && clockOfText(value) !== undefined)
  return dates.length > 0 && dates.length >= LEAST_SHARE * values.length
}

/** As many others lie between two visits of a state that count as a turn: records that come late make none. */
const OTHERS = 2
/** Least share of the states seen to which the hand has to come back. */
const RETURNED = 0.5

/**
 * Does a hand come round among these states, in the order of the stream? As long as it has not, every hour is one never
 * seen before, which says nothing about its record.
 */
function comesRound(states: readonly number[]): boolean {
  const runs = states.filter((state, i) => state !== states[i - 1])
  const latest = new Map<number, number>()
  const returned = new Set<number>()
  for (const [run, state] of runs.entries()) {
    const before = latest.get(state)
    if (before !== undefined && new Set(runs.slice(before + 1, run)).size >= OTHERS) returned.add(state)
    latest.set(state, run)
  }
  return returned.size > 0 && returned.size >= RETURNED * latest.size
}

/** A hand of the clock: which, how many states it has, and what they are called. */
interface Hand {
  readonly encoding: Encoding & ('hour' | 'weekday')
  readonly names: readonly string[]
}

class ClockEncoder implements FieldEncoder {
  readonly kind = 'timestamp'
  readonly partial = true
  readonly encoding: Hand['encoding']
  readonly group: { readonly kind: 'index'; readonly size: number }
  readonly #names: readonly string[]
  readonly #turns: boolean

  /** `turns`: has the hand come round? Otherwise it is not looked at. */
  constructor({ encoding, names }: Hand, turns: boolean) {
    this.encoding = encoding
    this.group = { kind: 'index', size: names.length }
    this.#names = names
    this.#turns = turns
  }

  encode(value: unknown, row: Row, at: number): Outcome {
    if (isMissing(value)) return 'missing'
    const clock = clockOf(value)
    if (clock === undefined) return isNonFinite(value) ? 'non-finite' : isNested(value) ? 'nested' : 'kind'
    const state = clock[this.encoding]
    if (state === undefined || !this.#turns) return 'missing'
    row[at] = state
    return 'present'
  }

  tail() {
    return 0
  }

  admit() {
    return 'unchanged' as const
  }

  /** The name of the hour or the day; null when the timestamp does not tell it. */
  read(value: unknown): string | null {
    return this.#names[clockOf(value)?.[this.encoding] ?? -1] ?? null
  }

  /** The likeliest, the first of several. */
  expected(probabilities: Float32Array): string {
    return this.#names[probabilities.indexOf(Math.max(...probabilities))]
  }

  summary() {
    return this.state()
  }

  state() {
    return { turns: Number(this.#turns) }
  }
}

const hand = (of: Hand): EncoderType => ({
  encoding: of.encoding,
  fit: values => {
    const states = values.map(value => clockOf(value)?.[of.encoding]).filter(state => state !== undefined)
    return new ClockEncoder(of, comesRound(states))
  },
  restore: ({ turns }) => {
    if (turns === 0 || turns === 1) return new ClockEncoder(of, turns === 1)
    throw new RangeError(`Expected a hand of a clock that turns, 1, or does not, 0, got ${turns}.`)
  },
})

const hours = Array.from({ length: 24 }, (_, hour) => `${String(hour).padStart(2, '0')}:00`)

/** The hour of the day, "00:00" to "23:00". */
export const hour: EncoderType = hand({ encoding: 'hour', names: hours })

/** The day of the week. */
export const weekday: EncoderType = hand({ encoding: 'weekday', names: WEEKDAYS })
