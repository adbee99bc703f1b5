/** Sums over all settings of a layer, one setting after the other, with the other layer summed out for each. */
import { logSumOfStates, logWays, type Unit } from './machine.ts'

/** One layer, whose settings are visited, beside the other one, which is summed out for each of them. */
export interface Sides {
  readonly visited: readonly Unit[]
  /** Bias of every value of the visited layer. */
  readonly bias: Float64Array
  /** What value i adds to the inputs of the other layer. */
  readonly rows: readonly Float64Array[]
  readonly other: readonly Unit[]
  readonly otherBias: Float64Array
}

/** A sum of exponentials that may be far too large for float64. */
class LogSum {
  #most = Number.NEGATIVE_INFINITY
  #sum = 0

  add(log: number): void {
    if (log > this.#most) {
      this.#sum = this.#sum * Math.exp(this.#most - log) + 1
      this.#most = log
    } else this.#sum += Math.exp(log - this.#most)
  }

  get value(): number {
    return this.#most + Math.log(this.#sum)
  }
}

/** What the other layer receives, in a form in which a row more and the sum over its states are cheap. */
interface Inputs {
  readonly start: Float64Array
  readonly rows: readonly Float64Array[]
  /** `into` = `inputs` and one row more; they may be the same array. */
  append(into: Float64Array, inputs: Float64Array, row: Float64Array): void
  /** log Σ over the states of the other layer. */
  logSum(inputs: Float64Array): number
}

/** Inputs as they are: an addition for a row, an exponential a unit for the sum. */
const sums = ({ rows, other, otherBias }: Sides): Inputs => ({
  start: otherBias,
  rows,
  append(into, inputs, row) {
    for (let i = 0; i < into.length; i++) into[i] = inputs[i] + row[i]
  },
  logSum: inputs => logSumOfStates(other, inputs),
})

/** Products of two e^input from here on stay within float64, times what is below `LARGE`. */
const FARTHEST_INPUT = 230
const LARGE = 1e100

/**
 * e^input of binary units: a row more multiplies each by a factor that was computed once, and the sum over the states is
 * Π (1 + e^input), so that a setting costs no exponential but its own.
 */
const odds = ({ rows, otherBias }: Sides): Inputs => ({
  start: otherBias.map(Math.exp),
  rows: rows.map(row => row.map(Math.exp)),
  append(into, inputs, row) {
    for (let i = 0; i < into.length; i++) into[i] = inputs[i] * row[i]
  },
  logSum: logOfFactors,
})

/** Σ log(1 + odds), two factors at a time: each product waits for the one before. */
function logOfFactors(odds: Float64Array): number {
  const even = odds.length & ~1
  let product = even < odds.length ? 1 + odds[even] : 1
  let sum = 0
  for (let i = 0; i < even; i += 2) {
    product *= (1 + odds[i]) * (1 + odds[i + 1])
    if (product > LARGE) {
      sum += Math.log(product)
      product = 1
    }
  }
  return sum + Math.log(product)
}

/** How far inputs of the other layer get from 0 at most, in any setting. */
function farthest({ visited, rows, otherBias }: Sides): number {
  const reach = otherBias.map(Math.abs)
  for (const { start, size, trials } of visited) {
    const own = rows.slice(start, start + size)
    for (let i = 0; i < reach.length; i++)
      reach[i] += trials * own.reduce((most, row) => Math.max(most, Math.abs(row[i])), 0)
  }
  return reach.reduce((most, value) => Math.max(most, value), 0)
}

function inputsOf(sides: Sides): Inputs {
  const binary = sides.other.every(({ softmax, trials, gaussian }) => !softmax && !gaussian && trials === 1)
  return binary && farthest(sides) <= FARTHEST_INPUT ? odds(sides) : sums(sides)
}

/** Settings of a unit. */
export const settingsOf = ({ size, softmax, trials }: Unit) => (softmax ? size : trials + 1)

/** Settings that are summed up from one fresh start. */
const MOST_AT_ONCE = 2 ** 12

/** How many of the last units have no more than `MOST_AT_ONCE` settings together. */
function countOfInner(visited: readonly Unit[]): number {
  let settings = 1
  let count = 0
  for (const unit of visited.toReversed()) {
    settings *= settingsOf(unit)
    if (settings > MOST_AT_ONCE) break
    count++
  }
  return count
}

/**
 * log of the sum over all settings, of e^(their biases) times the sum over the other layer. A tree: unit after unit takes each of
 * its states, and what the other layer receives is that of the units before it and one row more, no more roundings than
 * units. Every 2¹² settings begin at the biases. Yields the share that is done; returns the logarithm.
 */
export function* logSumOverSettings(sides: Sides): Generator<number, number> {
  const { visited, bias } = sides
  const inputs = inputsOf(sides)
  const workspaces = visited.map(() => new Float64Array(inputs.start.length))
  const inner = visited.length - countOfInner(visited)
  const outer = visited.slice(0, inner).reduce((count, unit) => count * settingsOf(unit), 1)
  const total = new LogSum()
  let block = new LogSum()

  const visit = (depth: number, received: Float64Array, logWeight: number) => {
    if (depth === visited.length) {
      block.add(logWeight + inputs.logSum(received))
      return
    }
    const { start, size, softmax, trials } = visited[depth]
    if (!softmax) visit(depth + 1, received, logWeight)
    const own = workspaces[depth]
    if (trials > 1) {
      own.set(received)
      for (let n = 1; n <= trials; n++) {
        inputs.append(own, own, inputs.rows[start])
        visit(depth + 1, own, logWeight + n * bias[start] + logWays(trials, n))
      }
      return
    }
    for (let k = start; k < start + size; k++) {
      inputs.append(own, received, inputs.rows[k])
      visit(depth + 1, own, logWeight + bias[k])
    }
  }

  const received = new Float64Array(inputs.start.length)
  for (let setting = 0; setting < outer; setting++) {
    received.set(inputs.start)
    visit(inner, received, begin(setting, visited.slice(0, inner), inputs, bias, received))
    total.add(block.value)
    block = new LogSum()
    yield (setting + 1) / outer
  }
  return total.value
}

/** Sets the first units to setting number `setting`, and adds to `received` what they say; their biases. */
function begin(
  setting: number,
  units: readonly Unit[],
  inputs: Inputs,
  bias: Float64Array,
  received: Float64Array,
): number {
  let logWeight = 0
  let rest = setting
  for (const unit of units) {
    const { start, softmax, trials } = unit
    const state = rest % settingsOf(unit)
    rest = Math.floor(rest / settingsOf(unit))
    const value = softmax ? start + state : start
    const times = softmax ? 1 : state
    for (let n = 0; n < times; n++) inputs.append(received, received, inputs.rows[value])
    logWeight += times * bias[value] + logWays(trials, times)
  }
  return logWeight
}
