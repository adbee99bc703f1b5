/** Counts records and their scores in the output of `veto score` as it arrives, without parsing it. */

const NEWLINE = 10
const KEY = Buffer.from('"veto":{"score":')
/** A number as JSON has it, which is finite; anything else, such as null, is no score. */
const NUMBER = /^-?\d+(\.\d+)?(e[+-]?\d+)?$/

export class ScoreCount {
  records = 0
  /** Records whose score is null, or no number at all. */
  missing = 0
  #rest = Buffer.alloc(0)

  take(chunk: Buffer): void {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk])
    let at = 0
    for (;;) {
      const end = bytes.indexOf(NEWLINE, at)
      if (end < 0) break
      this.#count(bytes, at, end)
      at = end + 1
    }
    this.#rest = Buffer.from(bytes.subarray(at))
  }

  /** The last line may have no line ending. */
  end(): void {
    if (this.#rest.length > 0) this.#count(this.#rest, 0, this.#rest.length)
    this.#rest = Buffer.alloc(0)
  }

  #count(bytes: Buffer, from: number, end: number): void {
    this.records++
    const key = bytes.indexOf(KEY, from)
    const start = key + KEY.length
    const comma = bytes.indexOf(',', start)
    if (key < 0 || comma > end || !NUMBER.test(bytes.toString('latin1', start, comma))) this.missing++
  }
}
