/** Model files, whole and as the format that they are in. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Detector, ModelFileError, readSafetensors, writeSafetensors } from '../../../pipeline/index.ts'
import type { Choice } from '../choose.ts'
import { mutatedJson } from '../json.ts'
import type { Target } from '../target.ts'

const LENGTH_BYTES = 8

const fixture = (name: string) =>
  readFileSync(fileURLToPath(new URL(`../../../fixtures/${name}`, import.meta.url)))

const record = (t: number) => ({
  n: (t * 7) % 5,
  c: `v${t % 3}`,
  b: t % 2 === 0,
  t: `2026-11-${10 + (t % 19)}T${10 + (t % 13)}:00:00Z`,
  m: `user ${t} has left host ${'abc'[t % 3]}`,
})

/** Without a checksum, which would keep every damage from what is to be tested. */
function modelAfter(count: number, options = {}): Buffer {
  const detector = new Detector({ warmup: 4, ...options })
  for (let t = 0; t < count; t++) detector.observe(record(t))
  const { tensors, metadata } = readSafetensors(detector.save())
  detector.release()
  const { checksum: _, ...others } = metadata
  return Buffer.from(writeSafetensors(tensors, others))
}

/** The header of a file, and what follows it; undefined when its length is beyond the file. */
function partsOf(input: Buffer): { header: string; data: Buffer } | undefined {
  if (input.length < LENGTH_BYTES) return undefined
  const end = BigInt(LENGTH_BYTES) + input.readBigUInt64LE(0)
  if (end > BigInt(input.length)) return undefined
  return { header: input.toString('utf8', LENGTH_BYTES, Number(end)), data: input.subarray(Number(end)) }
}

/** Another header of the right length. */
function withHeader(header: string, data: Buffer): Buffer {
  const text = Buffer.from(header)
  const padded = Buffer.concat([text, Buffer.alloc((8 - (text.length % 8)) % 8, ' ')])
  const length = Buffer.alloc(LENGTH_BYTES)
  length.writeBigUInt64LE(BigInt(padded.length))
  return Buffer.concat([length, padded, data])
}

/** The texts of the metadata are JSON themselves. */
function mutatedMetadata(header: string, choice: Choice): string | undefined {
  try {
    const parsed = JSON.parse(header)
    const name = choice.of(Object.keys(parsed.__metadata__))
    parsed.__metadata__[name] = mutatedJson(parsed.__metadata__[name], choice) ?? '{}'
    return JSON.stringify(parsed)
  } catch {
    return undefined
  }
}

const extremes = [0, -1, 1, Number.NaN, Number.POSITIVE_INFINITY, 1e38, -1e38, 1e-45, 2 ** 31, 255]

/** A number within the tensors becomes an extreme one. */
function mutatedData(data: Buffer, choice: Choice): Buffer {
  const copy = Buffer.from(data)
  for (let count = choice.few(8); count > 0 && copy.length >= 8; count--) {
    const at = 8 * choice.below(copy.length >> 3)
    if (choice.chance(0.5)) copy.writeDoubleLE(choice.of(extremes), at)
    else copy.writeFloatLE(choice.of(extremes), at + 4 * choice.below(2))
  }
  return copy
}

function mutate(input: Buffer, choice: Choice): Buffer | undefined {
  const parts = partsOf(input)
  if (!parts) return undefined
  if (choice.chance(0.3)) return withHeader(parts.header, mutatedData(parts.data, choice))
  const change = choice.chance(0.5) ? mutatedMetadata : mutatedJson
  const header = change(parts.header, choice)
  return header === undefined ? undefined : withHeader(header, parts.data)
}

const tokens = [
  ...[
    '{',
    '}',
    '[',
    ']',
    ',',
    '"',
    ':',
    '{}',
    '[]',
    '0',
    '-1',
    '9007199254740993',
    '"F32"',
    '"F64"',
    '"U8"',
    '"I32"',
  ],
  ...['"dtype"', '"shape"', '"data_offsets"', '"__metadata__"', '"__proto__"', 'null', '\0\0\0\0\0\0\0\0'],
  ...[
    '\\"index\\"',
    '\\"one-hot\\"',
    '\\"bins\\"',
    '\\"real\\"',
    '\\"tokens\\"',
    '\\"hour\\"',
    '\\"rbm\\"',
    '\\"size\\":',
    '\\"count\\"',
    '\\"words\\"',
    '\\"units\\":',
    '\\"gaussian\\"',
    '\\"binomial\\"',
  ],
]

const expected = /finite free energy|Expected a detector that has a model|of which values can be made/

export const model: Target = {
  name: 'model',
  seeds: () => [
    modelAfter(2, { family: { hidden: 2, experts: 4 } }),
    modelAfter(6, { family: { hidden: 2, experts: 4 } }),
    modelAfter(20, { experts: 'rbm', family: { hidden: 2 } }),
    modelAfter(20, { experts: 'prototype', family: { experts: 4 }, ignore: ['c', 'm', 't'] }),
    modelAfter(20, { experts: 'frequency' }),
    modelAfter(20, { experts: 'rbm', family: { hidden: 2 }, units: { n: 'binomial' } }),
    modelAfter(20, { experts: 'rbm', family: { hidden: 2 }, units: 'gaussian' }),
    ...['gaussian', 'hmm', 'mixture', 'student', 'unifac', 'unigauss'].map(experts =>
      modelAfter(20, { experts, family: { experts: 2 } }),
    ),
    fixture('models/v1-warmup.veto'),
    fixture('models/v2-warmup.veto'),
  ],
  tokens,
  mutate,
  run(input) {
    let detector: Detector
    try {
      detector = Detector.load(input)
    } catch (error) {
      if (error instanceof ModelFileError) return
      throw error
    }
    try {
      for (let t = 0; t < 3; t++) detector.observe(record(t))
      detector.denoiseOne({ n: 1, c: null })
      detector.transformOne(record(3))
      detector.sample(1, 2)
      detector.save()
    } catch (error) {
      // Finite parameters can still be so large that no energy is: the detector says so instead of scoring. And what is
      // warming up, or has fields without values, cannot be sampled.
      if (!(error instanceof RangeError) || !expected.test(error.message)) throw error
    } finally {
      detector.release()
    }
  },
}

export const safetensors: Target = {
  name: 'safetensors',
  batch: 512,
  seeds: () => [
    Buffer.from(writeSafetensors({}, {})),
    Buffer.from(
      writeSafetensors(
        {
          a: { shape: [2, 2], data: new Float32Array(4) },
          b: { shape: [3], data: new Float64Array(3) },
          __proto__x: { shape: [0], data: new Uint8Array(0) },
        },
        { format: 'other' },
      ),
    ),
    fixture('bad/foreign.safetensors'),
  ],
  tokens,
  mutate,
  run(input) {
    try {
      const { tensors, metadata } = readSafetensors(input)
      const again = readSafetensors(writeSafetensors(tensors, metadata))
      if (Object.keys(again.tensors).length !== Object.keys(tensors).length)
        throw new Error('Expected the tensors that were written, got others')
    } catch (error) {
      if (!(error instanceof ModelFileError)) throw error
    }
  },
}
