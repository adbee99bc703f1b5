/** Whether two models are the same. */
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { open } from 'lmdb'

/** How two models are compared: byte for byte, in all that was learned, or key by key in folders. */
export type Comparison = 'bytes' | 'content' | 'keys'

const digest = (...parts: (string | Uint8Array)[]) => {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest('hex')
}

/** What a model file holds, without where its stream stood; the checksum covers that too. */
function contentOf(bytes: Buffer): string {
  const headerEnd = 8 + Number(bytes.readBigUInt64LE(0))
  const header = JSON.parse(bytes.subarray(8, headerEnd).toString())
  const { position: _, checksum: __, ...metadata } = header.__metadata__
  return digest(JSON.stringify({ ...header, __metadata__: metadata }), bytes.subarray(headerEnd))
}

/** What a folder holds: of each key the newest state, and what is common to all. How often it was saved is left out. */
async function keysOf(folder: string): Promise<string> {
  const root = open({ path: folder, noSubdir: false, maxDbs: 2, readOnly: true })
  const newest = new Map<string, Uint8Array>()
  const models = root.openDB<Buffer, [key: string, epoch: number]>({ name: 'models', encoding: 'binary' })
  // Ascending: a later state of the same key takes the place of the earlier one.
  for (const { key, value } of models.getRange()) newest.set(key[0], Buffer.from(value))
  const head = root.openDB<Buffer, string>({ name: 'meta', encoding: 'binary' }).get('head') ?? 'no head'
  const states = [...newest].flat()
  const text = `${newest.size} keys, head ${digest(head).slice(0, 8)}, states ${digest(...states).slice(0, 8)}`
  await root.close()
  return text
}

async function stateOf(path: string, by: Comparison): Promise<string> {
  if (by === 'keys') return keysOf(path)
  const bytes = readFileSync(path)
  return (by === 'bytes' ? digest(bytes) : contentOf(bytes)).slice(0, 8)
}

/** In words; empty when they are the same. */
export async function differenceOfModels(expected: string, got: string, by: Comparison): Promise<string> {
  if (!existsSync(got)) return `expected the model ${got}, got none`
  const [wanted, found] = await Promise.all([expected, got].map(path => stateOf(path, by)))
  return wanted === found ? '' : `the models differ in ${by}: expected ${wanted}, got ${found}`
}
