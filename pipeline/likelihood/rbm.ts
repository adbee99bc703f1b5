/** log Z by enumeration, for machines with a small layer. */
import { log } from '../elementary.ts'
import type { Product } from '../experts/product.ts'
import { logSumOverSettings, type Sides, settingsOf } from './enumeration.ts'
import { type Machine, machineOf, type Unit } from './machine.ts'
import { pause } from './pause.ts'

/** The largest layer that is enumerated, in bits: a minute for a thousand units on the other side. */
const MOST_BITS = 24
/** Of a sum of logarithms. */
const ROUNDING = 1e-9

/** Settings of a layer, as bits; real units cannot be enumerated. */
const bitsOf = (units: readonly Unit[]) => units.reduce((bits, unit) => bits + bitsOfOne(unit), 0)

const bitsOfOne = (unit: Unit) =>
  unit.gaussian ? Number.POSITIVE_INFINITY : log(settingsOf(unit)) / Math.LN2

function hiddenVisited({ visible, hidden, w, b, c }: Machine): Sides {
  const rows = Array.from(c, (_, j) => w.subarray(j * b.length, (j + 1) * b.length))
  return { visited: hidden, bias: c, rows, other: visible, otherBias: b }
}

function visibleVisited({ visible, hidden, w, b, c }: Machine): Sides {
  const rows = Array.from(b, (_, i) => Float64Array.from(c, (_, j) => w[j * b.length + i]))
  return { visited: visible, bias: b, rows, other: hidden, otherBias: c }
}

/** The side to be enumerated. */
function sidesOf(product: Product): Sides {
  const machine = machineOf(product)
  const [hidden, visible] = [bitsOf(machine.hidden), bitsOf(machine.visible)]
  if (Math.min(hidden, visible) > MOST_BITS + ROUNDING) {
    throw new RangeError(
      `Expected at most ${MOST_BITS} bits in one of the layers, got ${Math.round(hidden)} hidden and ` +
        `${Math.round(visible)} visible; use estimateLogPartition.`,
    )
  }
  return hidden <= visible ? hiddenVisited(machine) : visibleVisited(machine)
}

/**
 * log Z of a restricted Boltzmann machine in nats, exactly (float64): log p(x) = −freeEnergy(x) − log Z. The settings of the
 * layer that has fewer are enumerated, at a cost of a few operations for each of them and each value of the other one: with
 * 784 visible units .2 s for 16 hidden ones, 4 s for 20, a minute for 24. Real units are integrated
 * out, so that the hidden ones have to be few beside them; p is a density then. Reads the parameters that score. Throws a
 * TypeError for other families and a RangeError when both layers have more than 24 bits.
 */
export function rbmLogPartition(product: Product): number {
  const settings = logSumOverSettings(sidesOf(product))
  for (;;) {
    const { done, value } = settings.next()
    if (done) return value
  }
}

export interface EnumerationOptions {
  /** Aborted: the promise is rejected with the signal's reason, within a tenth of a second. */
  readonly signal?: AbortSignal
  /** Called as the enumeration proceeds with the share that is done, up to 1. */
  readonly onProgress?: (share: number) => void
}

/** Milliseconds between two looks at the signal. */
const TURN = 50

/**
 * `exactLogPartition` of a restricted Boltzmann machine, the same number, in turns: whatever else is waiting goes on
 * meanwhile. The product may go on learning. Throws as `exactLogPartition` does.
 */
export async function enumerateLogPartition(
  product: Product,
  { signal, onProgress }: EnumerationOptions = {},
): Promise<number> {
  const settings = logSumOverSettings(sidesOf(product))
  signal?.throwIfAborted()
  let paused = performance.now()
  for (;;) {
    const { done, value } = settings.next()
    if (done) return value
    if (performance.now() - paused < TURN && value < 1) continue
    onProgress?.(value)
    await pause()
    signal?.throwIfAborted()
    paused = performance.now()
  }
}
