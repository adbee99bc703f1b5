/** Whether a file still holds what stood before a position, and the way there. */
import { inputError } from '../../errors.ts'
import type { SourcePosition } from '../source.ts'
import { TAIL_BYTES, tailOf } from '../tail.ts'

const remedy =
  'bring the file back as it was, or leave out --resume, with another --output, to read it from its beginning'

/** @throws CommandError (input) for a position in what was not a file, where nothing tells whether it is the same */
export function checkKind(file: string, { name, bytes, tail }: SourcePosition): void {
  if (tail !== undefined || bytes === 0 || name === file) return
  throw inputError(
    `cannot go on in ${file}: expected ${name}, of which ${bytes} bytes were read; pipe in what follows them (tail -c +${bytes + 1})`,
  )
}

/**
 * @param before the last bytes before the position, at most `TAIL_BYTES`
 * @param size bytes that the file has in all
 * @throws CommandError (input) when these are not the bytes that were read before
 */
export function checkTail(
  file: string,
  { bytes, tail }: SourcePosition,
  before: Uint8Array,
  size: number,
): void {
  if (size < bytes)
    throw inputError(
      `cannot go on in ${file}: expected the ${bytes} bytes that were read before, got a file of ${size}; ${remedy}`,
    )
  const found = tailOf(before)
  if (tail !== undefined && tail !== found)
    throw inputError(
      `cannot go on in ${file}: expected the bytes before byte ${bytes} to have the checksum ${tail}, got ${found}; ${remedy}`,
    )
}

/**
 * What follows a position in a stream that has to be read from its beginning.
 * @param arrived called with the last bytes before the position
 * @throws CommandError (input) as `checkTail`
 */
export async function* behind(
  chunks: AsyncIterable<Uint8Array>,
  file: string,
  from: SourcePosition,
  arrived: (tail: Uint8Array) => void,
): AsyncGenerator<Uint8Array> {
  let passed = 0
  let tail: Uint8Array = new Uint8Array(0)
  let there = false
  const arrive = () => {
    checkTail(file, from, tail, passed)
    arrived(tail)
    there = true
  }
  for await (const chunk of chunks) {
    if (there) {
      yield chunk
      continue
    }
    const skipped = chunk.subarray(0, from.bytes - passed)
    passed += skipped.length
    tail = Buffer.concat([tail, skipped.subarray(-TAIL_BYTES)]).subarray(-TAIL_BYTES)
    if (passed < from.bytes) continue
    arrive()
    if (skipped.length < chunk.length) yield chunk.subarray(skipped.length)
  }
  if (!there) arrive()
}
