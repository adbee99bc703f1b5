/** Damaged model files: whatever is done to one, it loads or is refused, and a detector that was loaded works. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import * as fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Detector, ModelFileError, readSafetensors, writeSafetensors } from '../../pipeline/index.ts'

const test = suite('damaged model files')

const lines = readFileSync(
  fileURLToPath(new URL('../../fixtures/requests.ndjson', import.meta.url)),
  'utf8',
).split('\n')
const records = lines.slice(0, 400).map(line => JSON.parse(line))

/** Without a checksum, so that damage gets past it: the reader must not depend on it. */
function fileAfter(count: number): Buffer {
  const detector = new Detector({ family: { hidden: 4 } })
  for (const record of records.slice(0, count)) detector.observe(record)
  const { tensors, metadata } = readSafetensors(detector.save())
  const { checksum: _, ...others } = metadata
  return Buffer.from(writeSafetensors(tensors, others))
}

/** One while warming up, one while settling, one at work. */
const files = [20, 100, 400].map(fileAfter)
const headerEnd = (file: Buffer) => 8 + Number(file.readBigUInt64LE(0))

/** What loading makes of the bytes; anything but a detector or a ModelFileError fails the test. */
function load(bytes: Uint8Array): 'loaded' | 'refused' {
  let detector: Detector
  try {
    detector = Detector.load(bytes)
  } catch (error) {
    if (error instanceof ModelFileError) return 'refused'
    throw error
  }
  try {
    for (const record of records.slice(0, 3)) detector.observe(record)
  } catch (error) {
    // Finite parameters can still be so large that no energy is: the detector says so instead of scoring.
    assert.match((error as Error).message, /finite free energy/)
  }
  detector.save()
  detector.release()
  return 'loaded'
}

const anyFile = fc.constantFrom(...files)

test('whole files load', () => {
  for (const file of files) assert.is(load(file), 'loaded')
})

test('property: a file that is cut short or goes on is refused', () => {
  fc.assert(
    fc.property(anyFile, fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (file, share) => {
      assert.is(load(file.subarray(0, Math.floor(share * file.length))), 'refused')
    }),
    { seed: 9, numRuns: 200 },
  )
  for (const file of files) assert.is(load(Buffer.concat([file, Buffer.alloc(4)])), 'refused')
})

test('property: changed bytes of the header or the tensors load or are refused', () => {
  const change = fc.record({ at: fc.nat(), byte: fc.nat(255), inHeader: fc.boolean() })
  const counts = { loaded: 0, refused: 0 }
  fc.assert(
    fc.property(anyFile, fc.array(change, { minLength: 1, maxLength: 4 }), (file, changes) => {
      const damaged = Buffer.from(file)
      for (const { at, byte, inHeader } of changes)
        damaged[at % (inHeader ? headerEnd(file) : file.length)] = byte
      counts[load(damaged)]++
    }),
    { seed: 10, numRuns: 1500 },
  )
  // Both happen, so the damage is neither always fatal nor never noticed.
  assert.ok(counts.loaded > 0 && counts.refused > 0, JSON.stringify(counts))
})

test('property: changed values in the metadata load or are refused', () => {
  const change = fc.record({
    at: fc.nat(),
    text: fc.constantFrom('0', '-1', '9', '1e9', 'null', '[]', '{}', '"x"', ''),
  })
  fc.assert(
    fc.property(anyFile, fc.array(change, { minLength: 1, maxLength: 3 }), (file, changes) => {
      let header = file.toString('utf8', 8, headerEnd(file)).trimEnd()
      for (const { at, text } of changes) {
        // Put another value in place of one of the numbers.
        const numbers = [...header.matchAll(/-?\d+(\.\d+)?/g)]
        const { index, 0: number } = numbers[at % numbers.length]
        header = header.slice(0, index) + text + header.slice(index + number.length)
      }
      load(withHeader(file, header))
    }),
    { seed: 11, numRuns: 1500 },
  )
})

/** The file with another header of the right length. */
function withHeader(file: Buffer, header: string): Buffer {
  const padded = Buffer.from(header + ' '.repeat((8 - (Buffer.byteLength(header) % 8)) % 8))
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(padded.length))
  return Buffer.concat([length, padded, file.subarray(headerEnd(file))])
}

test('property: bytes of any kind are refused', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), bytes => {
      assert.is(load(bytes), 'refused')
    }),
    { seed: 12, numRuns: 500 },
  )
})

test.run()
