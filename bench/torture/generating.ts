/**
 * Writes records of 20 numbers and a category to standard output, as fast as they are taken: for soaking.
 *
 *   node --import tsx bench/torture/generating.ts RECORDS SEED
 */
import { once } from 'node:events'
import { recordLines } from '../../fixtures/records.ts'

const [records, seed] = process.argv.slice(2).map(Number)
/** Records written at a time. */
const BATCH = 500
const CATEGORIES = 12

let batch: string[] = []
let id = 0
const write = async () => {
  const text = batch.join('')
  batch = []
  if (!process.stdout.write(text)) await once(process.stdout, 'drain')
}
for (const line of recordLines(records, seed)) {
  // Two out of three are of the first category.
  const category = id % 3 === 0 ? id % CATEGORIES : 0
  batch.push(`{"id":${++id},"kind":"kind-${category}",${line.slice(1)}`)
  if (batch.length >= BATCH) await write()
}
await write()
