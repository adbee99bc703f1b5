/** All that a custom product is, and its form in a model file. */
import { isRowCount } from '../bounds.ts'
import type { Tensor, Tensors, VisibleGroup } from '../experts/product.ts'
import { checkFinite, checkTensor } from '../kernel-family.ts'
import type { Random } from '../random.ts'
import { checkRow } from '../rows.ts'
import { widthOf } from '../visible.ts'
import type { ColumnMoments } from './moments.ts'

export interface State {
  readonly parameters: Record<string, Float64Array>
  /** Sums of differences since the last step. */
  readonly pending: Record<string, Float64Array>
  readonly moments: ColumnMoments
  readonly chains: Float64Array
  readonly learning: Random
  readonly sampling: Random
  /** Rows learned, and those of them whose differences are pending. */
  rows: number
  pendingRows: number
  /** Of a leapfrog, and the share of trajectories accepted with it. */
  step: number
  acceptance: number
  /** The persistent chain whose turn it is. */
  chain: number
}

const matrix = (data: Float64Array, columns: number): Tensor => ({
  shape: [data.length / columns, columns],
  data: data.slice(),
})

/** `batches`: do differences wait for others? */
export function writeState(state: State, width: number, batches: boolean): Tensors {
  const tensors: Tensors = {}
  for (const [name, values] of Object.entries(state.parameters))
    tensors[`experts.${name}`] = { shape: [values.length], data: values.slice() }
  if (batches) {
    for (const [name, values] of Object.entries(state.pending))
      tensors[`pending.${name}`] = { shape: [values.length], data: values.slice() }
  }
  tensors.moments = matrix(state.moments.data, width)
  if (state.chains.length > 0) tensors.chains = matrix(state.chains, width)
  const random = Uint32Array.of(...state.learning.state, ...state.sampling.state)
  tensors.random = { shape: [2, 4], data: random }
  const { rows, pendingRows, step, acceptance, chain } = state
  tensors.counters = { shape: [5], data: Float64Array.of(rows, pendingRows, step, acceptance, chain) }
  return tensors
}

/** Put back what `writeState` gave; `like`: tensors of the same shapes. Nothing changes when they are refused. */
export function readState(
  state: State,
  tensors: Tensors,
  like: Tensors,
  visible: readonly VisibleGroup[],
): void {
  const names = Object.keys(like)
  const given = Object.keys(tensors)
  if (given.length !== names.length || !names.every(name => given.includes(name))) {
    throw new RangeError(
      `Expected the tensors ${names.sort().join(', ')}, got ${given.sort().join(', ') || 'none'}; create the product ` +
        'with the definition, the options and the visible layer of the model that was saved.',
    )
  }
  for (const name of names) {
    checkTensor({ name, type: name === 'random' ? 'U32' : 'F64' }, like[name].shape, tensors[name])
    checkFinite(name, tensors[name])
  }
  checkChains(tensors.chains, visible)
  checkRandom(tensors.random)
  checkCounters(tensors)
  state.moments.restore(tensors.moments.data)
  for (const [name, values] of Object.entries(state.parameters)) values.set(tensors[`experts.${name}`].data)
  for (const [name, values] of Object.entries(state.pending))
    values.set(tensors[`pending.${name}`]?.data ?? values.fill(0))
  if (tensors.chains) state.chains.set(tensors.chains.data)
  state.learning.state.set(tensors.random.data.subarray(0, 4))
  state.sampling.state.set(tensors.random.data.subarray(4))
  const [rows, pendingRows, step, acceptance, chain] = tensors.counters.data
  Object.assign(state, { rows, pendingRows, step, acceptance, chain })
}

function checkChains(chains: Tensor | undefined, visible: readonly VisibleGroup[]): void {
  if (!chains) return
  const width = widthOf(visible)
  for (let at = 0; at < chains.data.length; at += width)
    checkRow(Float32Array.from(chains.data.subarray(at, at + width)), width, visible, ' of the chains')
}

function checkRandom({ data }: Tensor): void {
  for (const at of [0, 4]) {
    if (data.subarray(at, at + 4).every(word => word === 0))
      throw new RangeError('Expected the state of a generator in tensor random, got zeros.')
  }
}

function checkCounters({ counters, chains }: Tensors): void {
  const [rows, pendingRows, step, acceptance, chain] = counters.data
  const counted = [rows, pendingRows, chain].every(isRowCount) && pendingRows <= rows
  const walked = step >= 1e-9 && step <= 1e9 && acceptance >= 0 && acceptance <= 1
  if (counted && walked && chain < Math.max(1, chains?.shape[0] ?? 0)) return
  throw new RangeError(
    'Expected in tensor counters rows, rows pending, a step from 1e-9 to 1e9, a share accepted and the number of a chain, ' +
      `got ${Array.from(counters.data).join(', ')}.`,
  )
}
