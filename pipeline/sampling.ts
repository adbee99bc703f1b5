/**
 * New records drawn from a model: each member draws rows, and the fields that it decides about are read from them. With one
 * family that is a draw from its product, as far as its chain has come to rest; what several families decide about is drawn
 * by each on its own.
 */
import { unmadeNotice } from './encoders/notices.ts'
import type { Reported } from './encoders/reported.ts'
import type { Product } from './experts/product.ts'
import type { Member } from './member.ts'
import { Random } from './random.ts'
import type { Notify, Value } from './records.ts'
import { type Witness, witnessesOf } from './witnesses.ts'

/** Sweeps of a chain before its row is taken, unless something else is asked for. */
export const SWEEPS = 100

/**
 * Rows that are always drawn together, whatever is asked for, so that the first records of many are those of few, and two
 * calls for whole blocks are one for both.
 */
export const SAMPLE_BLOCK = 16

/** Words of the state of a kernel's generator: see assembly/random.ts. */
const GENERATOR_WORDS = 16

/** Every name once, each behind the one that it follows for whoever sees the most of them. */
function inOrder(members: readonly Member[]): string[] {
  const names: string[] = []
  const widest = members.toSorted((a, b) => b.encoder.fields.length - a.encoder.fields.length)
  for (const { encoder } of widest) {
    let at = 0
    for (const { name } of encoder.fields) {
      const known = names.indexOf(name)
      if (known < 0) names.splice(at, 0, name)
      at = (known < 0 ? at : known) + 1
    }
  }
  return names
}

/** Say of which fields no values can be made. */
function reportUnmade(
  members: readonly Member[],
  made: ReadonlySet<string>,
  reported: Reported,
  notify?: Notify,
): void {
  for (const name of inOrder(members)) {
    if (made.has(name)) continue
    const encodings = members.flatMap(({ encoder: { fields } }) =>
      fields.filter(field => field.name === name).map(({ encoder }) => encoder.encoding),
    )
    reported.once(`unmade ${name}`, notify, () => unmadeNotice(name, [...new Set(encodings)]))
  }
}

const isNumeric = (text: string) => String(Number(text)) === text

/** Reads the values of a field. Categories whose values all spell numbers, as codes do, are numbers again. */
function readerOf({ field: { encoder, at } }: Witness): (row: Float32Array) => Value {
  const { values } = encoder.kind === 'category' ? encoder.summary() : {}
  const areNumbers = Array.isArray(values) && values.length > 0 && values.map(String).every(isNumeric)
  return row => {
    const value = encoder.decode?.(row, at) ?? null
    return areNumbers && value !== null ? Number(value) : value
  }
}

/** A block of rows of each member that decides about a field, and the records that they make. */
function drawBlock(witnesses: readonly Witness[], sweeps: number): Map<string, Value>[] {
  const rows = new Map<Member, Float32Array>()
  for (const { member } of witnesses)
    if (!rows.has(member)) rows.set(member, member.product.sample(SAMPLE_BLOCK, sweeps))
  const readers = witnesses.map(
    witness => [witness, rows.get(witness.member) as Float32Array, readerOf(witness)] as const,
  )
  return Array.from({ length: SAMPLE_BLOCK }, (_, n) => {
    const values = readers.map(([{ member, field }, all, read]) => {
      const { width } = member.product
      return [field.name, read(all.subarray(n * width, (n + 1) * width))] as const
    })
    return new Map(values)
  })
}

/** An object that takes every name as data, `__proto__` too. */
function recordOf(values: ReadonlyMap<string, Value>, names: readonly string[]): Record<string, Value> {
  return Object.fromEntries(names.map(name => [name, values.get(name) ?? null]))
}

/**
 * `count` records, all of the same fields. A field is null where its state has no value, as that of all rare categories
 * has none.
 * @throws RangeError when there is no field of which values can be made
 */
export function sampleRecords(
  members: readonly Member[],
  count: number,
  sweeps: number,
  reported: Reported,
  notify?: Notify,
): Record<string, Value>[] {
  const witnesses = witnessesOf(members, ({ decode }) => decode !== undefined)
  const made = new Set(witnesses.map(({ field }) => field.name))
  reportUnmade(members, made, reported, notify)
  if (made.size === 0)
    throw new RangeError('Expected a field of which values can be made, got none: nothing can be sampled.')
  const names = inOrder(members).filter(name => made.has(name))
  const records: Record<string, Value>[] = []
  while (records.length < count)
    for (const values of drawBlock(witnesses, sweeps)) records.push(recordOf(values, names))
  return records.slice(0, count)
}

/** Begin the random numbers of `sample` anew, and no others: the last generator in the tensor `random`. */
export function reseed(products: readonly Product[], seed: number): void {
  const random = new Random(seed)
  for (const product of products) {
    const tensors = product.tensors()
    const { data } = tensors.random
    for (let word = 0; word < GENERATOR_WORDS; word++)
      data[data.length - GENERATOR_WORDS + word] = random.next()
    product.restore(tensors)
  }
}
