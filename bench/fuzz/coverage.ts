/** Which positions of the sources have run, as V8 counts them by blocks. */
import { Session } from 'node:inspector'

interface Range {
  readonly startOffset: number
  readonly endOffset: number
  readonly count: number
}

interface Script {
  readonly url: string
  readonly functions: readonly { readonly ranges: readonly Range[] }[]
}

interface Taken {
  readonly result: readonly Script[]
}

/** The scripts that count, by their addresses. */
const WATCHED = /\/(pipeline|cli)\/(?!binaries)|\/papaparse\//

export class Coverage {
  readonly #session = new Session()
  readonly #watched: RegExp
  /** By script: 1 where it ran at any time. */
  readonly #known = new Map<string, Uint8Array>()
  /** Of the last call of `take`: what is known of a script, and what ran. */
  #last: [known: Uint8Array, ran: Uint8Array][] = []

  /**
   * Begin. What is compiled before that is counted by whole functions only, so import it afterwards.
   * @param watched the scripts that count, by their addresses
   */
  constructor(watched = WATCHED) {
    this.#watched = watched
    this.#session.connect()
    this.#post('Profiler.enable')
    this.#post('Profiler.startPreciseCoverage', { callCount: true, detailed: true })
  }

  /** Forget what ran since the last call. */
  skip(): void {
    this.#post('Profiler.takePreciseCoverage')
  }

  /** How many of the positions that ran since the last call of `take` or `skip` are not known. */
  take(): number {
    this.#last = []
    let count = 0
    for (const { url, functions } of (this.#post('Profiler.takePreciseCoverage') as Taken).result) {
      if (this.#watched.test(url)) count += this.#compare(url, painted(functions))
    }
    return count
  }

  /** What ran at the last call of `take` is known from now on. */
  learn(): void {
    for (const [known, ran] of this.#last) for (let at = 0; at < ran.length; at++) known[at] |= ran[at]
  }

  /** Positions that have run. */
  get size(): number {
    let size = 0
    for (const known of this.#known.values()) for (const ran of known) size += ran
    return size
  }

  #compare(url: string, ran: Uint8Array): number {
    let known = this.#known.get(url)
    if (known === undefined || known.length < ran.length) {
      const larger = new Uint8Array(ran.length)
      larger.set(known ?? [])
      known = larger
      this.#known.set(url, known)
    }
    let count = 0
    for (let at = 0; at < ran.length; at++) if (ran[at] > known[at]) count++
    if (count > 0) this.#last.push([known, ran])
    return count
  }

  /** Answers come at once: the session is that of this thread. */
  #post(method: string, params = {}): unknown {
    let answer: unknown
    this.#session.post(method, params, (error: Error | null, result: unknown) => {
      if (error) throw error
      answer = result
    })
    return answer
  }
}

/** 1 where a script ran: functions and blocks come from the outside in, and what is inside counts. */
function painted(functions: Script['functions']): Uint8Array {
  const length = Math.max(0, ...functions.map(({ ranges }) => ranges[0]?.endOffset ?? 0))
  const ran = new Uint8Array(length)
  for (const { ranges } of functions)
    for (const { startOffset, endOffset, count } of ranges)
      ran.fill(count > 0 ? 1 : 0, startOffset, endOffset)
  return ran
}
