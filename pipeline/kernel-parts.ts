/**
 * The parts of an update between JavaScript and a kernel, for products that are put together from several families: see
 * `walk`, `learnPair`, `addConditional` and `gradient` of `Product`. A family exports those that it has.
 */
import { show } from './errors.ts'
import type { NaturalParameters, Product, Row, Rows } from './experts/product.ts'
import type { Kernel } from './kernel.ts'

/** Words of a generator's state. */
const RANDOM_WORDS = 16

/** What the parts need of the product that they belong to. */
export interface Owner {
  readonly kernel: Kernel
  readonly width: number
  /** Which values a complete row has: all but those of sequences, whose ends and gaps are part of them. */
  readonly needed: (at: number) => boolean
  /** The model; throws a TypeError when it was released. */
  model(): number
  /** Copy rows to the staging block, checked, with room for `results` values behind them; the address of the first row. */
  stageRows(rows: Rows, results: number): number
  /** The error for a row that the kernel refused. */
  refusal(rows: Rows, index: number): RangeError
}

export type Parts = Pick<Product, 'walk' | 'learnPair' | 'addConditional' | 'gradient' | 'live'> & {
  couples?: boolean
}

export function partsOf(owner: Owner): Parts {
  const { walk, learnPair, addConditional, couples, gradient, live } = owner.kernel.exports
  return {
    ...(walk && { walk: (states, sweeps, random) => walkIn(owner, states, sweeps, random) }),
    ...(learnPair && { learnPair: (row, reconstruction) => learnPairIn(owner, row, reconstruction) }),
    ...(addConditional && {
      addConditional: (state, natural, random) => addConditionalIn(owner, state, natural, random),
      couples: couples?.(owner.model()) === 1,
    }),
    ...(gradient && { gradient: row => gradientIn(owner, row) }),
    ...(live && { live: on => owner.kernel.exports.live?.(Number(on)) }),
  }
}

function walkIn(owner: Owner, states: Rows, sweeps: number, random: Uint32Array): void {
  checkRandom(random)
  if (!Number.isInteger(sweeps) || sweeps < 0 || sweeps > 2 ** 31 - 1) {
    throw new RangeError(`Expected sweeps as a whole number of at least 0, got ${show(sweeps)}.`)
  }
  const { kernel, width } = owner
  const at = owner.stageRows(states, RANDOM_WORDS)
  checkComplete(states, owner)
  const randomAt = at + states.byteLength
  const randomView = new Uint32Array(kernel.buffer, randomAt, RANDOM_WORDS)
  randomView.set(random)
  const count = states.length / width
  if (!kernel.exports.walk?.(owner.model(), at, count, sweeps, randomAt)) throw owner.refusal(states, 0)
  states.set(kernel.floats.subarray(at >>> 2, (at >>> 2) + states.length))
  random.set(randomView)
}

function learnPairIn(owner: Owner, row: Row, reconstruction: Row): void {
  checkRow(reconstruction, owner.width)
  checkComplete(reconstruction, owner)
  checkRow(row, owner.width)
  const { kernel } = owner
  const at = owner.stageRows(row, reconstruction.length)
  const second = at + row.byteLength
  kernel.write(second, reconstruction)
  if (!kernel.exports.learnPair?.(owner.model(), at, second)) throw owner.refusal(row, 0)
}

function addConditionalIn(owner: Owner, state: Row, natural: NaturalParameters, random: Uint32Array): void {
  const { kernel, width } = owner
  checkRandom(random)
  checkRow(state, width)
  checkComplete(state, owner)
  const { linear, precision, lower, upper } = Object(natural) as NaturalParameters
  const numbers = [linear, precision, lower, upper]
  if (!numbers.every(each => each instanceof Float64Array)) {
    throw new TypeError(
      `Expected natural parameters { linear, precision, lower, upper } as Float64Arrays, got ${show(natural)}.`,
    )
  }
  const full = precision.length === width * width && width > 1
  if (!numbers.every((each, n) => each.length === width || (n === 1 && full))) {
    throw new RangeError(
      `Expected natural parameters of ${width} values, got ${numbers.map(({ length }) => length).join(', ')}.`,
    )
  }
  // Numbers of eight bytes come first: what follows them stays aligned.
  const bytes = numbers.reduce((sum, { byteLength }) => sum + byteLength, 0)
  const at = kernel.stage(bytes / 4 + RANDOM_WORDS + width)
  const views: Float64Array[] = []
  let end = at
  for (const each of numbers) {
    const view = new Float64Array(kernel.buffer, end, each.length)
    view.set(each)
    views.push(view)
    end += each.byteLength
  }
  const randomView = new Uint32Array(kernel.buffer, end, RANDOM_WORDS)
  randomView.set(random)
  const stateAt = end + randomView.byteLength
  kernel.write(stateAt, state)
  const [linearAt, precisionAt, lowerAt, upperAt] = views.map(({ byteOffset }) => byteOffset)
  const taken = kernel.exports.addConditional?.(
    owner.model(),
    stateAt,
    linearAt,
    precisionAt,
    lowerAt,
    upperAt,
    Number(full),
    randomView.byteOffset,
  )
  if (!taken) throw owner.refusal(state, 0)
  for (const [n, each] of numbers.entries()) each.set(views[n])
  random.set(randomView)
}

function gradientIn(owner: Owner, row: Row): Float32Array {
  checkRow(row, owner.width)
  const at = owner.stageRows(row, row.length)
  checkComplete(row, owner)
  const out = at + row.byteLength
  if (!owner.kernel.exports.gradient?.(owner.model(), at, out)) throw owner.refusal(row, 0)
  return owner.kernel.read(out, row.length)
}

function checkRow(row: Row, width: number): void {
  if (row instanceof Float32Array && row.length === width) return
  const got = row instanceof Float32Array ? `${row.length} values` : show(row)
  const wrong = row instanceof Float32Array ? RangeError : TypeError
  throw new wrong(`Expected a row as a Float32Array of ${width} values, got ${got}.`)
}

function checkComplete(rows: Rows, { width, needed }: Owner): void {
  const missing = rows.findIndex((value, i) => Number.isNaN(value) && needed(i % width))
  if (missing < 0) return
  throw new RangeError(`Expected complete rows, got a missing value at position ${missing % width}.`)
}

function checkRandom(random: Uint32Array): void {
  if (!(random instanceof Uint32Array)) {
    throw new TypeError(`Expected random as a Uint32Array, got ${show(random)}.`)
  }
  if (random.length !== RANDOM_WORDS || random.every(word => word === 0)) {
    throw new RangeError(
      `Expected random as ${RANDOM_WORDS} words that are not all zero, got ${random.length} of them.`,
    )
  }
}
