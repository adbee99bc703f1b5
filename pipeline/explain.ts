/** From a row's surprises back to the fields of its record. */
import type { Encoded, RecordEncoder } from './encoders/record.ts'
import type { Product, Row } from './experts/product.ts'
import type { DataRecord, Reason } from './records.ts'

/** Indices of the `count` largest values, the largest first; NaN is none. */
export function largest(values: ArrayLike<number>, count: number): number[] {
  const top: number[] = []
  for (let i = 0; i < values.length; i++) {
    if (Number.isNaN(values[i])) continue
    if (top.length === count && !(values[i] > values[top[count - 1]])) continue
    let place = top.length < count ? top.length : count - 1
    for (; place > 0 && values[i] > values[top[place - 1]]; place--) top[place] = top[place - 1]
    top[place] = i
  }
  return top
}

/** Surprise of every group, in nats, its tail included; NaN where the group is missing. */
export function surprisesOf(product: Product, { row, tails }: Encoded): Float32Array {
  const surprises = product.surprise(row)
  for (let group = 0; group < surprises.length; group++) surprises[group] += tails[group]
  return surprises
}

/** The reason that a field is, its group's surprise being known. */
export function reasonFor(
  product: Product,
  encoder: RecordEncoder,
  record: DataRecord,
  row: Row,
  group: number,
  surprise: number,
): Reason {
  const field = encoder.fields[group]
  return {
    field: field.name,
    value: field.encoder.read(record[field.name]),
    expected: field.encoder.expected(product.conditional(row, group)),
    surprise,
  }
}

/** The `count` most surprising fields of a record, given all its others, the most surprising first. */
export function explain(
  product: Product,
  encoder: RecordEncoder,
  record: DataRecord,
  encoded: Encoded,
  count: number,
): Reason[] {
  if (count === 0) return []
  const surprises = surprisesOf(product, encoded)
  return largest(surprises, count).map(group =>
    reasonFor(product, encoder, record, encoded.row, group, surprises[group]),
  )
}
