/** What a product of products is beside its members, and its form in a model file. */
import type { Tensor, Tensors, VisibleGroup } from '../experts/product.ts'
import { checkFinite, checkTensor } from '../kernel-family.ts'
import { checkRow } from '../rows.ts'
import { checkGenerators, type Generators, STATE } from './generators.ts'

export interface ChainState {
  readonly learning: Generators
  readonly sampling: Generators
  /** Common chains, back to back. */
  readonly chains: Float32Array
  /** Leapfrog steps of the parts that walk along a gradient. */
  readonly steps: number[]
  /** The chain whose turn it is, and 1 once they stand somewhere. */
  chain: number
  started: number
}

export function writeChains(
  { learning, sampling, chains, steps, chain, started }: ChainState,
  width: number,
): Tensors {
  const tensors: Tensors = {
    random: { shape: [2, STATE], data: Uint32Array.of(...learning.state, ...sampling.state) },
    counters: { shape: [2 + steps.length], data: Float64Array.of(chain, started, ...steps) },
  }
  if (chains.length > 0) tensors.chains = { shape: [chains.length / width, width], data: chains.slice() }
  return tensors
}

const typeOf = (data: Tensor['data']) =>
  data instanceof Float32Array ? 'F32' : data instanceof Float64Array ? 'F64' : 'U32'

const NAME = /^members\.(\d+)\.(.+)$/s

/** The tensors of each member under their own names, and the rest. */
export function splitTensors(tensors: Tensors, count: number): { members: Tensors[]; rest: Tensors } {
  const members: Tensors[] = Array.from({ length: count }, () => ({}))
  const rest: Tensors = {}
  for (const [name, tensor] of Object.entries(tensors)) {
    const [, index, own] = NAME.exec(name) ?? []
    if (own !== undefined && Number(index) < count) members[Number(index)][own] = tensor
    else rest[name] = tensor
  }
  return { members, rest }
}

/** Refuse tensors of other names, types and shapes than `like` has. */
export function checkAlike(tensors: Tensors, like: Tensors): void {
  const names = Object.keys(like)
  const given = Object.keys(tensors)
  if (given.length !== names.length || !names.every(name => given.includes(name))) {
    throw new RangeError(
      `Expected the tensors ${names.sort().join(', ')}, got ${given.sort().join(', ') || 'none'}; create the product of ` +
        'the same members, with the same options.',
    )
  }
  for (const name of names) {
    const { data, shape } = like[name]
    checkTensor({ name, type: typeOf(data) }, shape, tensors[name])
  }
}

/** Put back what `writeChains` gave, checked to be alike. Nothing changes when it is refused. */
export function readChains(
  state: ChainState,
  tensors: Tensors,
  visible: readonly VisibleGroup[],
  width: number,
): void {
  for (const name of Object.keys(tensors)) checkFinite(name, tensors[name])
  const { random, counters, chains } = tensors
  const words = Uint32Array.from(random.data)
  checkGenerators(words.subarray(0, STATE))
  checkGenerators(words.subarray(STATE))
  checkCounters(counters, chains?.shape[0] ?? 0)
  for (let at = 0; at < (chains?.data.length ?? 0); at += width)
    checkRow(Float32Array.from(chains.data.subarray(at, at + width)), width, visible, ' of the chains')
  state.learning.restore(words.subarray(0, STATE))
  state.sampling.restore(words.subarray(STATE))
  if (chains) state.chains.set(chains.data)
  const [chain, started, ...steps] = counters.data
  Object.assign(state, { chain, started })
  for (const [n, step] of steps.entries()) state.steps[n] = step
}

function checkCounters({ data }: Tensor, chains: number): void {
  const [chain, started, ...steps] = data
  const isTurn = Number.isInteger(chain) && chain >= 0 && chain < Math.max(1, chains)
  if (isTurn && (started === 0 || started === 1) && steps.every(step => step >= 1e-9 && step <= 1e9)) return
  throw new RangeError(
    `Expected in tensor counters the number of a chain, 0 or 1, and steps from 1e-9 to 1e9, got ${Array.from(data).join(', ')}.`,
  )
}
