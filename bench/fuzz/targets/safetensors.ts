/** How files in safetensors are mutated: their headers, the texts in them, and their numbers. */
import { readSafetensors, writeSafetensors } from '../../../pipeline/index.ts'
import type { Choice } from '../choose.ts'
import { mutatedJson } from '../json.ts'

const LENGTH_BYTES = 8

/** The file without its checksum, which would keep every damage from what is to be tested. */
export function unsummed(file: Uint8Array): Buffer {
  const { tensors, metadata } = readSafetensors(file)
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

/** A mutation of the header, of a text in it, or of numbers. */
export function mutate(input: Buffer, choice: Choice): Buffer | undefined {
  const parts = partsOf(input)
  if (!parts) return undefined
  if (choice.chance(0.3)) return withHeader(parts.header, mutatedData(parts.data, choice))
  const change = choice.chance(0.5) ? mutatedMetadata : mutatedJson
  const header = change(parts.header, choice)
  return header === undefined ? undefined : withHeader(header, parts.data)
}

/** What model files are made of. */
export const tokens = [
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
