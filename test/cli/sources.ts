/** Sources in tests: made of chunks, and read to their ends. */
import { Readable } from 'node:stream'
import { openSource, type Source } from '../../cli/io/source.ts'

/** Standard input that delivers these chunks. */
export const piped = (chunks: readonly Uint8Array[]): Source =>
  openSource('-', () => Readable.from(chunks, { objectMode: true }))

/** Standard input of a command that does not read it. */
export const noInput = () => Readable.from([])

/** Everything that comes out, and the message of what ended it, '' when nothing did. */
export async function drained(source: Source): Promise<{ bytes: Buffer; message: string }> {
  const chunks: Uint8Array[] = []
  let message = ''
  try {
    for await (const chunk of source.chunks()) chunks.push(chunk)
  } catch (error) {
    message = (error as Error).message
  }
  return { bytes: Buffer.concat(chunks), message }
}
