/** Annealed chains between JavaScript and a kernel: to the staging block, through the temperatures, and back. */
import { show } from './errors.ts'
import type { AnnealedChains } from './experts/product.ts'
import type { Kernel } from './kernel.ts'

/** Words of a generator's state. */
const RANDOM_WORDS = 16

/**
 * `Product.anneal` for a model of D = `width` values. Chains are not kept in the kernel's memory between calls: copying
 * them takes a thousandth of the time that they walk, and so nothing has to be given back.
 *
 * Throws a TypeError for arrays of another type, since addresses follow from their bytes, and a RangeError for lengths that do
 * not fit together, states that are no numbers, and a generator that stands still.
 */
export function annealIn(
  kernel: Kernel,
  model: number,
  width: number,
  chains: AnnealedChains,
  temperatures: Float64Array,
): void {
  const { states, logWeights, base, random } = Object(chains) as AnnealedChains
  checkType('temperatures', temperatures, Float64Array)
  checkType('logWeights', logWeights, Float64Array)
  checkType('states', states, Float32Array)
  checkType('base', base, Float32Array)
  checkType('random', random, Uint32Array)
  checkLength('states', states, logWeights.length * width)
  checkLength('base', base, width)
  checkLength('random', random, RANDOM_WORDS)
  if (states.some(Number.isNaN)) throw new RangeError('Expected states as numbers, got NaN among them.')
  if (random.every(word => word === 0)) {
    throw new RangeError(
      'Expected random with at least one word that is not zero, got zeros: they draw nothing.',
    )
  }
  const numbers = temperatures.length + logWeights.length
  const at = kernel.stage(2 * numbers + RANDOM_WORDS + base.length + states.length)
  const weightsAt = at + temperatures.byteLength
  const randomAt = weightsAt + logWeights.byteLength
  const baseAt = randomAt + random.byteLength
  const statesAt = baseAt + base.byteLength
  const { buffer } = kernel
  const weightsView = new Float64Array(buffer, weightsAt, logWeights.length)
  const randomView = new Uint32Array(buffer, randomAt, RANDOM_WORDS)
  const statesView = new Float32Array(buffer, statesAt, states.length)
  new Float64Array(buffer, at, temperatures.length).set(temperatures)
  weightsView.set(logWeights)
  randomView.set(random)
  kernel.write(baseAt, base)
  statesView.set(states)
  kernel.exports.anneal?.(
    model,
    logWeights.length,
    statesAt,
    weightsAt,
    baseAt,
    randomAt,
    at,
    temperatures.length,
  )
  logWeights.set(weightsView)
  random.set(randomView)
  states.set(statesView)
}

function checkType(
  name: string,
  value: unknown,
  type: typeof Float64Array | typeof Float32Array | typeof Uint32Array,
) {
  if (!(value instanceof type)) throw new TypeError(`Expected ${name} as a ${type.name}, got ${show(value)}.`)
}

function checkLength(name: string, values: { readonly length: number }, expected: number): void {
  if (values.length !== expected) {
    throw new RangeError(`Expected ${expected} values of ${name}, got ${values.length}.`)
  }
}
