/** Streams as tests need them: counted, cut, slow, broken. */
import { requests } from '../../fixtures/requests.ts'
import type { DataRecord } from '../../pipeline/records.ts'

export const records = [...requests(300, 3)] as unknown as readonly DataRecord[]

export const linesOf = (values: readonly unknown[]) =>
  values.map(value => `${JSON.stringify(value)}\n`).join('')

/** A stream that counts how often it is asked, and knows whether it was cancelled. */
export function counted<T>(chunks: Iterable<T>, highWaterMark = 0) {
  const iterator = chunks[Symbol.iterator]()
  const seen = { pulls: 0, isCancelled: false, cancelled: undefined as unknown }
  const stream = new ReadableStream<T>(
    {
      pull(controller) {
        seen.pulls++
        const { done, value } = iterator.next()
        if (done) controller.close()
        else controller.enqueue(value)
      },
      cancel(reason) {
        seen.isCancelled = true
        seen.cancelled = reason
      },
    },
    { highWaterMark },
  )
  return { stream, seen }
}

/** Chunks that come when the test gives them. */
export function handed<T>() {
  let controller!: ReadableStreamDefaultController<T>
  let cancelled: unknown
  const stream = new ReadableStream<T>({
    start(own) {
      controller = own
    },
    cancel(reason) {
      cancelled = reason
    },
  })
  return {
    stream,
    give: (chunk: T) => controller.enqueue(chunk),
    end: () => controller.close(),
    fail: (error: unknown) => controller.error(error),
    get cancelled() {
      return cancelled
    },
  }
}

/** Everything of a stream, one chunk at a time. */
export async function collected<T>(stream: ReadableStream<T>): Promise<T[]> {
  const values: T[] = []
  const reader = stream.getReader()
  for (let next = await reader.read(); !next.done; next = await reader.read()) values.push(next.value)
  return values
}

/** The message of what it rejects with; '' when it does not. */
export async function failureOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise
    return ''
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

/** Let everything happen that waits for nothing else. */
export const settled = () => new Promise<void>(resolve => setTimeout(resolve, 5))
