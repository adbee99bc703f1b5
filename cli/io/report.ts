/** Everything that is said on standard error, and the counts of the closing line. Data never goes there. */
import { shortened } from '../../pipeline/encoders/values.ts'
import type { Notice } from '../../pipeline/index.ts'
import type { Rejection, Remark } from './entry.ts'
import { visible } from './terminal.ts'

/** Times that a remark of a kind is printed before it is only counted. */
const REMARKS_PRINTED = 10
/** Kinds of notices that are remembered; a stream with ever new fields must not fill the memory. */
const NOTICES_REMEMBERED = 1000

export interface ReportOptions {
  /** Only rejected lines and errors. */
  readonly quiet?: boolean
  readonly color?: boolean
  /** Named in front of every message, where several are read. */
  readonly file?: string
}

const RED = 31
const YELLOW = 33

/** What an earlier run has counted. */
interface Counted {
  readonly records: number
  readonly rejected: number
  readonly alarms: number
  readonly features?: number
}

export class Report {
  readonly #write: (text: string) => void
  readonly #options: ReportOptions
  readonly #printed = new Map<string, number>()
  /** The line of the last notice of a kind. */
  readonly #noticed = new Map<string, number>()
  records = 0
  alarms = 0
  rejected = 0
  /** Columns of features that the header has. */
  features: number | undefined
  notices = 0
  /** Records of an earlier run that are among `records`. */
  #before = 0
  /** The line that is being worked on: notices of the detector belong to it. */
  line = 0
  /** Who has sent what is being worked on, where the input has several senders. */
  sender: () => string | undefined = () => undefined

  constructor(write: (text: string) => void, options: ReportOptions = {}) {
    this.#write = write
    this.#options = options
  }

  /** Go on counting where an earlier run stopped. */
  goOn({ records, rejected, alarms, features }: Counted): void {
    this.features = features
    this.records = records
    this.rejected = rejected
    this.alarms = alarms
    this.#before = records
  }

  /** Records of this run. */
  get fresh(): number {
    return this.records - this.#before
  }

  /** A line that is not a record; each is printed. */
  reject({ line, reason, excerpt }: Rejection): void {
    this.rejected++
    const sender = this.sender()
    const from = sender === undefined ? '' : ` from ${sender}`
    this.#say(`line ${line}${from}: ${reason}: ${excerpt}`, RED)
  }

  /** Something that a reader or writer put right; the first few of a kind are printed. */
  remark({ key, line, message }: Remark): void {
    this.#note(key, line, message, REMARKS_PRINTED)
  }

  /** Something that the detector says about a field; the first of a kind is printed for each field. */
  notice({ code, field, message }: Notice): void {
    // Names can be as long as lines.
    const key = `${code} ${shortened(field)}`
    // A command may show the detector a record twice.
    if (this.#noticed.get(key) === this.line) return
    if (this.#noticed.has(key) || this.#noticed.size < NOTICES_REMEMBERED) this.#noticed.set(key, this.line)
    this.#note(key, this.line, message, 1)
  }

  #note(key: string, line: number, message: string, most: number): void {
    this.notices++
    const printed = this.#printed.get(key) ?? 0
    if (printed >= most || this.#options.quiet) return
    if (printed === 0 && this.#printed.size >= NOTICES_REMEMBERED) return
    this.#printed.set(key, printed + 1)
    const last = most > 1 && printed + 1 === most ? ' (more of these are only counted)' : ''
    this.#say(`line ${line}: ${message}${last}`, YELLOW)
  }

  /** Something that belongs to no line. */
  say(message: string): void {
    if (!this.#options.quiet) this.#say(message)
  }

  /** Why the command fails; printed whatever the options. */
  error(message: string): void {
    this.#say(message, RED)
  }

  #say(message: string, color = 0): void {
    const name = this.#options.color && color > 0 ? `\u001b[${color}mveto:\u001b[0m` : 'veto:'
    const from = this.#options.file === undefined ? '' : `${this.#options.file}: `
    this.#write(`${name} ${visible(from + message)}\n`)
  }

  /** The closing line. */
  summary(seconds: number): void {
    const counts = [
      counted(this.records, 'record'),
      counted(this.alarms, 'alarm'),
      counted(this.rejected, 'rejected line'),
      counted(this.notices, 'notice'),
    ]
    const rate = Math.round(this.fresh / Math.max(seconds, 1e-3))
    this.say(`${counts.join(', ')}, ${seconds.toFixed(1)} s, ${grouped(rate)} records/s`)
  }
}

/** Digits in groups of three, whatever the locale. */
export const grouped = (count: number) => String(count).replace(/\B(?=(\d{3})+$)/g, ',')

const counted = (count: number, what: string) => `${grouped(count)} ${what}${count === 1 ? '' : 's'}`
