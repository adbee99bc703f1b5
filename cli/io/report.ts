/** What goes to standard error: rejected lines, notices, and the summary at the end. */

/** Characters of a rejected line that are shown. */
const EXCERPT = 60

/** Text from data as it may be shown on a terminal: controls, escapes and bidirectional marks as \u codes. */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what has to be found
  const unsafe = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g
  return text.replace(unsafe, character => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

export class Report {
  readonly #print: (text: string) => void
  readonly #started = performance.now()
  readonly #said = new Set<string>()
  records = 0
  alarms = 0
  rejected = 0
  notices = 0

  constructor(print: (text: string) => void) {
    this.#print = print
  }

  /** A line that is no record: it has no output, so every one is reported. */
  reject = (line: number, reason: string, text: string): void => {
    this.rejected++
    const excerpt = text.length > EXCERPT ? `${text.slice(0, EXCERPT)}…` : text
    this.#print(`veto: line ${line}: ${printable(reason)}: ${printable(excerpt)}\n`)
  }

  /** Something about a record that goes on: reported once for each `code`, counted each time. */
  warn = (line: number, code: string, message: string): void => {
    this.notices++
    if (this.#said.has(code) || this.#said.size >= MOST_CODES) return
    this.#said.add(code)
    this.#print(`veto: line ${line}: ${printable(message)}\n`)
  }

  say(message: string): void {
    this.#print(`veto: ${printable(message)}\n`)
  }

  summary(): string {
    const seconds = (performance.now() - this.#started) / 1000
    const rate = Math.round(this.records / seconds)
    const counts = [
      count(this.records, 'record'),
      count(this.alarms, 'alarm'),
      count(this.rejected, 'rejected line'),
      count(this.notices, 'notice'),
    ]
    return `${counts.join(', ')}, ${seconds.toFixed(1)} s (${rate.toLocaleString('en')} records/s)`
  }
}

/** Different things that are reported, at most: a stream may bring a new field with every line. */
const MOST_CODES = 1000

function count(number: number, noun: string): string {
  return `${number.toLocaleString('en')} ${noun}${number === 1 ? '' : 's'}`
}
