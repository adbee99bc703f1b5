/**
 * Version 1 had restricted Boltzmann machines only, and learned everything. In version 2 several families look at one
 * record, each with a weight, and bursts are held back.
 *
 * What there was goes on: encoders, product, reservoir, scores. What there was not starts fresh: the protection, moments
 * of energies, what fields usually cost. Records that were kept count as learned, which they were.
 */
import type { Tensors } from '../../experts/product.ts'
import { Random } from '../../random.ts'
import { isCount, isObject, isScalar, mapOf, parse, read } from '../json.ts'
import { TensorReader } from '../tensor-reader.ts'
import { prefixed, vector } from '../tensors.ts'
import type { Content } from './migration.ts'

/** What version 2 held back unless told otherwise. */
const PROTECT = 2000
interface Options {
  readonly experts: string
  readonly seed: number
}

const isOptions = (value: unknown) =>
  isObject(value) && typeof value.experts === 'string' && isCount(value.seed)

/** The protection of version 2 before the first score. */
function protection(seed: number): Tensors {
  return {
    'protection.first': vector(new Float64Array(0)),
    'protection.pending': vector(new Float64Array(0)),
    'protection.counters': vector(new Float64Array(8)),
    'protection.random': vector(new Random(seed).state),
  }
}

/** The only member of the model. */
function member({ metadata }: Content, family: string, tensors: TensorReader) {
  const fields = read<unknown[]>(metadata.fields, 'fields', Array.isArray)
  const options = read(metadata.product, 'options of the product', mapOf(isScalar))
  const own: Tensors = {
    // Number, mean and variance of energies, which nothing is compared with where there is a reservoir.
    moments: vector(new Float64Array(3)),
    beyond: vector(tensors.take('shift.beyond', Float64Array)),
    // Means, counts and the number of rows: nothing was looked at.
    typical: vector(new Float64Array(2 * fields.length + 1)),
    ...prefixed('product.', tensors.takeAll('product.')),
    ...prefixed('reference.', tensors.takeAll('reference.')),
  }
  return { described: { family, weight: 1, fields, options }, own }
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
  const out: Tensors = {
    ...protection(options.seed),
    ...buffer(tensors),
    'calibration.scores': vector(tensors.take('calibration.scores', Float64Array)),
  }
  const texts: Record<string, string> = {
    ...metadata,
    version: '2',
    options: JSON.stringify({ ...options, protect: PROTECT }),
  }
  if (fields !== undefined) {
    const { described, own } = member(content, options.experts, tensors)
    texts.members = JSON.stringify([described])
    Object.assign(out, prefixed('members.0.', own))
  }
  tensors.finish()
  return { metadata: texts, tensors: out }
}
