/** NDJSON in pieces to NDJSON in pieces: one line out for each line in, in order. Blank lines are skipped. */
import { verdictAnswer } from '../ndjson/answer.ts'
import { type NdjsonLimits, type NdjsonReader, ndjsonReader } from '../ndjson/reader.ts'
import { ndjsonWriter } from '../ndjson/writer.ts'
import type { DataRecord, Verdict } from '../records.ts'

const encoder = new TextEncoder()

export class Answers {
  readonly #reader: NdjsonReader
  /** What the piece that is being read has brought so far. */
  #text = ''
  /** Why no further record can be judged. */
  #failure: { readonly error: unknown } | undefined

  /** @param key the name of the added key */
  constructor(judge: (record: DataRecord) => Verdict, key: string, limits: NdjsonLimits) {
    const writer = ndjsonWriter(key)
    this.#reader = ndjsonReader(
      {
        entry: entry => {
          this.#text += writer.write(entry, verdictAnswer(judge(entry.record)))
        },
        reject: ({ reason, line }) => {
          this.#text += errorLine(key, { error: reason, line })
        },
      },
      limits,
    )
  }

  /** @throws what the judge has thrown, once the answers before it are taken: there will be no others */
  check(): void {
    if (this.#failure) throw this.#failure.error
  }

  /**
   * The answers to the lines that a piece completes; no bytes when there are none.
   * @throws what the judge throws, unless there are answers before it: then `check` does
   */
  push(piece: Uint8Array): Uint8Array {
    return this.#answersTo(() => this.#reader.push(piece))
  }

  /** The answer to a last line without a line ending, if there is one. */
  end(): Uint8Array {
    return this.#answersTo(() => this.#reader.end())
  }

  #answersTo(read: () => void): Uint8Array {
    this.#text = ''
    try {
      read()
    } catch (error) {
      if (this.#text === '') throw error
      this.#failure = { error }
    }
    return encoder.encode(this.#text)
  }
}

/** What stands in place of a line, or of all of them, that cannot be answered. */
export const errorLine = (key: string, content: { readonly error: string; readonly line?: number }): string =>
  `${JSON.stringify({ [key]: content })}\n`
