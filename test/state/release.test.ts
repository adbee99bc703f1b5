/** Memory of kernels, which nobody collects, comes back from models that were refused. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Detector } from '../../pipeline/detector.ts'
import { ModelFileError } from '../../pipeline/errors.ts'
import { readSafetensors, writeSafetensors } from '../../pipeline/state/safetensors.ts'
import { mixedRecords } from '../detector/streams.ts'

/** A model of several families, with one tensor spoilt and no checksum that would tell. */
function spoilt(name: RegExp): Uint8Array {
  const detector = new Detector({ warmup: 8 })
  for (const record of mixedRecords(40, 7)) detector.learnOne(record)
  const { tensors, metadata } = readSafetensors(detector.save())
  detector.release()
  const { checksum: _, ...others } = metadata
  const found = Object.keys(tensors).findLast(each => name.test(each))
  assert.ok(found, String(name))
  tensors[found].data.fill(Number.NaN)
  return writeSafetensors(tensors, others)
}

for (const [what, name] of [
  ['parameters', /product.*\.(w|b)$/],
  ['moments', /moments$/],
] as const) {
  test(`files with broken ${what} can be refused many times`, () => {
    const file = spoilt(name)
    const refuse = () =>
      assert.throws(
        () => Detector.load(file),
        (error: Error) => error instanceof ModelFileError,
      )
    for (let count = 0; count < 100; count++) refuse()
    const before = process.memoryUsage().external
    for (let count = 0; count < 800; count++) refuse()
    // Models that stay take more than 30 MB; the heap's own buffers come and go.
    const megabytes = (process.memoryUsage().external - before) / 2 ** 20
    assert.ok(megabytes < 15, `${megabytes} MB`)
  })
}

test.run()
