/** Members and protection ⇄ the tensors of a model file. */
import type { Tensors } from '../experts/product.ts'
import type { MemberState } from '../member.ts'
import type { ModelState } from '../model.ts'
import type { ProtectionState } from '../protection.ts'
import type { ReferenceState } from '../reference.ts'
import type { TensorReader } from './tensor-reader.ts'
import { prefixed, vector } from './tensors.ts'

function referenceTensors({ rows, tails, energies, random, counters }: ReferenceState): Tensors {
  const count = energies.length
  return {
    rows: { shape: [count, count === 0 ? 0 : rows.length / count], data: rows },
    tails: vector(tails),
    energies: vector(energies),
    random: vector(random),
    counters: vector(counters),
  }
}

function memberTensors({ product, moments, beyond, typical, divergence, reference }: MemberState): Tensors {
  return {
    ...prefixed('product.', product),
    moments: vector(moments),
    beyond: vector(beyond),
    typical: vector(typical),
    divergence: vector(divergence),
    ...(reference ? prefixed('reference.', referenceTensors(reference)) : {}),
  }
}

export function modelTensors({ members }: ModelState): Tensors {
  const own = members.map((member, index) => prefixed(`members.${index}.`, memberTensors(member)))
  return Object.assign({}, ...own)
}

export const protectionTensors = ({ first, pending, counters, random }: ProtectionState): Tensors =>
  prefixed('protection.', {
    first: vector(first),
    pending: vector(pending),
    counters: vector(counters),
    random: vector(random),
  })

/** What of a member stands in the metadata. */
export type Described = Pick<MemberState, 'family' | 'weight' | 'fields' | 'options'>

function readReference(tensors: TensorReader, prefix: string): ReferenceState {
  return {
    rows: tensors.take(`${prefix}rows`, Float32Array),
    tails: tensors.take(`${prefix}tails`, Float64Array),
    energies: tensors.take(`${prefix}energies`, Float64Array),
    random: tensors.take(`${prefix}random`, Uint32Array),
    counters: tensors.take(`${prefix}counters`, Float64Array),
  }
}

export function readMember(described: Described, index: number, tensors: TensorReader): MemberState {
  const prefix = `members.${index}.`
  const referenced = tensors.has(`${prefix}reference.rows`)
  return {
    ...described,
    product: tensors.takeAll(`${prefix}product.`),
    moments: tensors.take(`${prefix}moments`, Float64Array),
    beyond: tensors.take(`${prefix}beyond`, Float64Array),
    typical: tensors.take(`${prefix}typical`, Float64Array),
    divergence: tensors.take(`${prefix}divergence`, Float64Array),
    ...(referenced ? { reference: readReference(tensors, `${prefix}reference.`) } : {}),
  }
}

export function readProtection(tensors: TensorReader): ProtectionState {
  return {
    first: tensors.take('protection.first', Float64Array),
    pending: tensors.take('protection.pending', Float64Array),
    counters: tensors.take('protection.counters', Float64Array),
    random: tensors.take('protection.random', Uint32Array),
  }
}
