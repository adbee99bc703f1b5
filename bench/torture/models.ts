/** Whether two models are the same. */
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'

/** What a model file holds, without where its stream stood; the checksum covers that too. */
function contentOf(bytes: Buffer): string {
  const headerEnd = 8 + Number(bytes.readBigUInt64LE(0))
  const header = JSON.parse(bytes.subarray(8, headerEnd).toString())
  const { position: _, checksum: __, ...metadata } = header.__metadata__
  const text = JSON.stringify({ ...header, __metadata__: metadata })
  return createHash('sha256').update(text).update(bytes.subarray(headerEnd)).digest('hex')
}

/** In words; empty when they are the same, byte for byte or in all that was learned. */
export function differenceOfModels(expected: string, got: string, by: 'bytes' | 'content'): string {
  if (!existsSync(got)) return `expected the model ${got}, got none`
  const [wanted, found] = [readFileSync(expected), readFileSync(got)]
  const same = by === 'bytes' ? wanted.equals(found) : contentOf(wanted) === contentOf(found)
  return same ? '' : `the models differ: ${wanted.length} and ${found.length} bytes, compared by ${by}`
}
