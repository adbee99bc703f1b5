/**
 * Version 1 had one family of experts, whose energies were always relative to a reservoir, and learned everything. In
 * version 2 several families look at one record, energies of some are relative to the past, and bursts are held back.
 *
 * What there was goes on: encoders, product, reservoir, scores. What there was not starts fresh: the protection, what
 * fields usually cost. Records that were kept count as learned, which they were.
 */
import type { Tensors } from '../../experts/product.ts'
import { Random } from '../../random.ts'
import { isCount, isObject, isScalar, mapOf, parse, read, refuse } from '../json.ts'
import { TensorReader } from '../tensor-reader.ts'
import type { Content } from './migration.ts'

/** What version 2 held back unless told otherwise. */
const PROTECT = 2000
/** Families whose energies version 2 compares with those of the past. */
const RELATIVE_TO_PAST: readonly string[] = ['frequency', 'prototype']
/** Numbers from which the mean and the variance of energies follow at most, in version 2. */
const HORIZON = 2 ** 20

const vector = (data: Float64Array | Uint32Array | Uint8Array) => ({ shape: [data.length], data })

interface Options {
  readonly experts: string
  readonly seed: number
}

const isOptions = (value: unknown) =>
  isObject(value) && typeof value.experts === 'string' && isCount(value.seed)

/** As many values of protection as version 2 wants before the first score. */
function protection(seed: number): Tensors {
  return {
    'protection.first': vector(new Float64Array(0)),
    'protection.pending': vector(new Float64Array(0)),
    'protection.counters': vector(new Float64Array(8)),
    'protection.random': vector(new Random(seed).state),
  }
}

/**
 * The exponent of a family that is alone: the number of fields and one for prototypes, one for all others. Scores are
 * multiplied by it.
 */
const weightOf = (family: string, fields: number) => (family === 'prototype' ? fields + 1 : 1)

/** Number, mean and variance of the energies of the reservoir: the nearest to those of the past that there is. */
function momentsOf(energies: Float64Array): Float64Array {
  const count = Math.min(energies.length, HORIZON)
  if (count === 0) return new Float64Array(3)
  const mean = energies.reduce((sum, energy) => sum + energy, 0) / count
  const variance = energies.reduce((sum, energy) => sum + (energy - mean) ** 2, 0) / count
  return Float64Array.of(count, mean, variance)
}

/** The only member of the model. */
function member(content: Content, family: string, tensors: TensorReader) {
  const { metadata } = content
  const fields = read<unknown[]>(metadata.fields, 'fields', Array.isArray)
  const options = read(metadata.product, 'options of the product', mapOf(isScalar))
  const weight = weightOf(family, fields.length)
  const reference = tensors.takeAll('reference.')
  const energies = reference.energies?.data
  if (!(energies instanceof Float64Array)) refuse("a tensor 'reference.energies' as Float64Array", 'another')
  const parts: Tensors = {
    moments: vector(momentsOf(energies)),
    beyond: vector(tensors.take('shift.beyond', Float64Array)),
    // Means, counts and the number of rows: nothing was looked at.
    typical: vector(new Float64Array(2 * fields.length + 1)),
  }
  for (const [name, tensor] of Object.entries(tensors.takeAll('product.'))) parts[`product.${name}`] = tensor
  if (!RELATIVE_TO_PAST.includes(family)) {
    for (const [name, tensor] of Object.entries(reference)) parts[`reference.${name}`] = tensor
  }
  return { described: { family, weight, fields, options }, parts }
}

function buffer(tensors: TensorReader): Tensors {
  if (!tensors.has('buffer.records')) return {}
  const records = tensors.take('buffer.records', Uint8Array)
  const kept = parse(new TextDecoder().decode(records), 'records of the warm-up')
  const count = Array.isArray(kept) ? kept.length : 0
  return {
    'buffer.records': vector(records),
    'buffer.treatments': vector(new Uint8Array(count)),
  }
}

export function fromVersion1(content: Content): Content {
  const { fields, product: _, ...metadata } = content.metadata
  const options = read<Options>(metadata.options, 'options', isOptions)
  const tensors = new TensorReader(content.tensors)
  const out: Tensors = { ...protection(options.seed), ...buffer(tensors) }
  const scores = tensors.take('calibration.scores', Float64Array)
  const texts: Record<string, string> = {
    ...metadata,
    version: '2',
    options: JSON.stringify({ ...options, protect: PROTECT }),
  }
  if (fields === undefined) out['calibration.scores'] = vector(scores)
  else {
    const { described, parts } = member(content, options.experts, tensors)
    texts.members = JSON.stringify([described])
    for (const [name, tensor] of Object.entries(parts)) out[`members.0.${name}`] = tensor
    out['calibration.scores'] = vector(scores.map(score => score * described.weight))
  }
  tensors.finish()
  return { metadata: texts, tensors: out }
}
