/** log Z by enumeration, for machines with a small layer. */
import type { Product } from '../experts/product.ts'
import { logSumOfStates, logWays, type Machine, machineOf, type Unit } from './machine.ts'

/** The largest layer that is enumerated, in bits: minutes for a thousand units on the other side. */
const MOST_BITS = 24

/** One layer, whose settings are visited, beside the other one, which is summed out for each of them. */
interface Sides {
  readonly visited: readonly Unit[]
  /** Bias of every value of the visited layer. */
  readonly bias: Float64Array
  /** What value i adds to the inputs of the other layer. */
  readonly rows: readonly Float64Array[]
  readonly other: readonly Unit[]
  readonly otherBias: Float64Array
}

/** Settings of a layer, as bits; real units cannot be enumerated. */
const bitsOf = (units: readonly Unit[]) => units.reduce((bits, unit) => bits + bitsOfOne(unit), 0)

function bitsOfOne({ size, softmax, trials, gaussian }: Unit): number {
  if (gaussian) return Number.POSITIVE_INFINITY
  return Math.log2(softmax ? size : trials + 1)
}

function hiddenVisited({ visible, hidden, w, b, c }: Machine): Sides {
  const rows = Array.from(c, (_, j) => w.subarray(j * b.length, (j + 1) * b.length))
  return { visited: hidden, bias: c, rows, other: visible, otherBias: b }
}

function visibleVisited({ visible, hidden, w, b, c }: Machine): Sides {
  const rows = Array.from(b, (_, i) => Float64Array.from(c, (_, j) => w[j * b.length + i]))
  return { visited: visible, bias: b, rows, other: hidden, otherBias: c }
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

/**
 * Unit after unit takes each of its states, and the inputs of the other layer are those of the units before it and one row
 * more: an addition of vectors for most settings, and no more roundings than units.
 */
function sumOverSettings({ visited, bias, rows, other, otherBias }: Sides): number {
  const total = new LogSum()
  const inputs = visited.map(() => new Float64Array(otherBias.length))
  const visit = (depth: number, input: Float64Array, logWeight: number) => {
    if (depth === visited.length) {
      total.add(logWeight + logSumOfStates(other, input))
      return
    }
    const { start, size, softmax, trials } = visited[depth]
    if (!softmax) visit(depth + 1, input, logWeight)
    const own = inputs[depth]
    if (trials > 1) {
      own.set(input)
      for (let n = 1; n <= trials; n++) {
        for (let i = 0; i < own.length; i++) own[i] += rows[start][i]
        visit(depth + 1, own, logWeight + n * bias[start] + logWays(trials, n))
      }
      return
    }
    for (let k = start; k < start + size; k++) {
      const row = rows[k]
      for (let i = 0; i < own.length; i++) own[i] = input[i] + row[i]
      visit(depth + 1, own, logWeight + bias[k])
    }
  }
  visit(0, otherBias, 0)
  return total.value
}

/**
 * log Z of a restricted Boltzmann machine in nats, exactly (float64): log p(x) = −freeEnergy(x) − log Z. The settings of the
 * layer that has fewer are enumerated, at a cost of the other layer's exponentials for each: half a second for 16
 * hidden and 784 visible units. Real units are integrated out, so that the hidden ones have to be few beside them; p is a
 * density then. Reads the parameters that score. Throws a TypeError for other families and a
 * RangeError when both layers have more than 24 bits.
 */
export function rbmLogPartition(product: Product): number {
  const machine = machineOf(product)
  const [hidden, visible] = [bitsOf(machine.hidden), bitsOf(machine.visible)]
  if (Math.min(hidden, visible) > MOST_BITS) {
    throw new RangeError(
      `Expected at most ${MOST_BITS} bits in one of the layers, got ${Math.round(hidden)} hidden and ` +
        `${Math.round(visible)} visible; use estimateLogPartition.`,
    )
  }
  return sumOverSettings(hidden <= visible ? hiddenVisited(machine) : visibleVisited(machine))
}
