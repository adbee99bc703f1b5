import { show } from '../errors.ts'
import type { Answers } from './answers.ts'

/** A body that is there as a whole is read by pieces of this size, so that its answers are never all in memory. */
const PIECE_BYTES = 1 << 16

/** The next bytes of a stream; undefined at its end. */
async function nextOf(reader: ReadableStreamDefaultReader<unknown>): Promise<Uint8Array | undefined> {
  const { done, value } = await reader.read()
  if (done) return undefined
  if (value instanceof Uint8Array) return value
  throw new TypeError(
    `Expected bytes from the body, as Uint8Array, got ${show(value)}; pipe text through a TextEncoderStream.`,
  )
}

/**
 * The answers to what a stream brings. Each chunk is answered as soon as it is there; nothing is read before somebody
 * asks for an answer, and nothing is queued. Cancelling it cancels the stream; what ends the stream with an error ends
 * this with the same one, and half a line that came before is not answered.
 */
export function answered(body: ReadableStream<unknown>, answers: Answers): ReadableStream<Uint8Array> {
  const reader = body.getReader()
  let rest: Uint8Array = new Uint8Array(0)
  let isCancelled = false

  /** The next answers; undefined when there are no more. */
  async function next(): Promise<Uint8Array | undefined> {
    answers.check()
    for (;;) {
      if (rest.length === 0) {
        const chunk = await nextOf(reader)
        if (!chunk || isCancelled) return undefined
        rest = chunk
      }
      const piece = rest.subarray(0, PIECE_BYTES)
      rest = rest.subarray(PIECE_BYTES)
      const bytes = answers.push(piece)
      if (bytes.length > 0) return bytes
    }
  }

  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const bytes = await next()
          if (isCancelled) return
          if (bytes) {
            controller.enqueue(bytes)
            return
          }
          const last = answers.end()
          if (last.length > 0) controller.enqueue(last)
          controller.close()
        } catch (error) {
          // Whoever sends the rest should not wait for somebody to read it.
          reader.cancel(error).catch(() => {})
          throw error
        }
      },
      cancel(reason) {
        isCancelled = true
        return reader.cancel(reason)
      },
    },
    { highWaterMark: 0 },
  )
}
