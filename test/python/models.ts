/**
 * Makes model files for `read_model.py`, with what Veto says of rows and records beside them:
 * `npx tsx test/python/models.ts FOLDER`.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Fields, orders } from '../../fixtures/orders.ts'
import { RecordEncoder } from '../../pipeline/encoders/record.ts'
import { familyNamed } from '../../pipeline/experts/index.ts'
import type { Tensors } from '../../pipeline/experts/product.ts'
import { Detector, type DetectorOptions, type FamilyOptions } from '../../pipeline/index.ts'
import type { MemberState } from '../../pipeline/member.ts'
import type { DataRecord } from '../../pipeline/records.ts'
import { readSafetensors } from '../../pipeline/state/safetensors.ts'

/** Records whose rows are asked about. */
const ROWS = 20

/** Free energies of records' rows by each member of a model file, tails left out. */
function energiesOf(file: Uint8Array, records: readonly DataRecord[]) {
  const { tensors, metadata } = readSafetensors(file)
  const members: MemberState[] = JSON.parse(metadata.members)
  return members.map(({ family, fields, options }, index) => {
    const encoder = RecordEncoder.restore(fields)
    const product = familyNamed(family).create(encoder.visible, options)
    const prefix = `members.${index}.product.`
    const own = Object.entries(tensors).filter(([name]) => name.startsWith(prefix))
    product.restore(
      Object.fromEntries(own.map(([name, tensor]) => [name.slice(prefix.length), tensor])) as Tensors,
    )
    const encoded = encoder.workspace()
    const energies = records.map(record => {
      encoder.encode(record, encoded)
      // JSON has no NaN: places of tokens that a text does not fill.
      const row = Array.from(encoded.row, value => (Number.isNaN(value) ? null : value))
      return { row, energy: product.freeEnergy(encoded.row) }
    })
    product.release()
    return energies
  })
}

function write(
  folder: string,
  name: string,
  fields: Fields,
  learned: number,
  experts = 'auto',
  units?: DetectorOptions['units'],
): void {
  const records = orders(learned + ROWS, fields).map(({ record }) => record)
  const few: FamilyOptions = ['auto', 'rbm', 'sparse'].includes(experts) ? { hidden: 5 } : { experts: 5 }
  const detector = new Detector({ experts, family: few, protect: 500, units })
  for (const record of records.slice(0, learned)) detector.learnOne(record)
  detector.position = { bytes: 123_456, name: 'ünïcode 🐦 "quoted"', nested: [1, null, { tail: 'ff00' }] }
  const file = detector.save()
  const next: DataRecord[] = records.slice(learned)
  // Beyond all ranges, and categories never seen.
  const strange = next
    .slice(0, 3)
    .map(record => ({ ...record, ...(fields === 'categories' ? {} : { weight: 1e4 }), shop: 'moon' }))
  const asked = [...next, ...strange]
  const expected = {
    learned: detector.learned,
    position: detector.position,
    energies: energiesOf(file, asked),
    records: asked,
    scores: asked.map(record => detector.scoreOne(record).score),
  }
  writeFileSync(join(folder, `${name}.veto`), file)
  writeFileSync(join(folder, `${name}.json`), JSON.stringify(expected))
}

const [folder] = process.argv.slice(2)
mkdirSync(folder, { recursive: true })
write(folder, 'mixed', 'mixed', 1100)
write(folder, 'categories', 'categories', 300)
write(folder, 'all', 'all', 1050)
write(folder, 'sparse', 'categories', 300, 'sparse')
for (const family of ['gaussian', 'mixture', 'student', 'unigauss', 'unifac'])
  write(folder, family, 'numbers', 300, family)
write(folder, 'hmm', 'all', 300, 'hmm')
write(folder, 'rbm-gaussian', 'mixed', 300, 'rbm', 'gaussian')
write(folder, 'rbm-binomial', 'mixed', 300, 'rbm', { pieces: 'binomial', weight: 'gaussian' })
