/** Bytes as they come through pipes on bad days, and ways to cut them into chunks. */
import * as fc from 'fast-check'

/** The bytes cut before each of the positions. */
export function cutAt(bytes: Uint8Array, positions: readonly number[]): Uint8Array[] {
  const cuts = [...new Set(positions.map(position => position % (bytes.length + 1)))].sort((a, b) => a - b)
  return [0, ...cuts].map((start, index) => bytes.subarray(start, cuts[index] ?? bytes.length))
}

/** Positions to cut at. */
export const cuts = fc.array(fc.nat(500), { maxLength: 12 })

const pieces = (...texts: string[]) => texts.map(text => fc.constant(Buffer.from(text)))

/** Anything, but mostly what means something to a reader. */
export const roughBytes = fc
  .array(
    fc.oneof(
      ...pieces('\n', '\n', '\r\n', '\r', '"', '""', ',', ';', '\t', ' ', 'é', '🙂', '\ufeff', '\0'),
      ...pieces(
        '{',
        '}',
        '{"a":1}',
        '{"a":"b"}\n',
        '[1]',
        'null',
        'a,b',
        '"a","b"\n',
        'x,"y',
        '1e999',
        'NaN',
      ),
      fc.uint8Array({ maxLength: 3 }).map(bytes => Buffer.from(bytes)),
      fc.integer({ min: 1, max: 60 }).map(length => Buffer.alloc(length, 'z')),
    ),
    { maxLength: 40 },
  )
  .map(parts => Buffer.concat(parts))

/** Physical lines by the plainest definition: what stands between newlines, an empty last one left out. */
export function physicalLines(bytes: Buffer): Buffer[] {
  const lines: Buffer[] = []
  for (let start = 0; start < bytes.length; ) {
    const end = bytes.indexOf(10, start)
    lines.push(bytes.subarray(start, end === -1 ? bytes.length : end))
    start = end === -1 ? bytes.length : end + 1
  }
  return lines
}
