/** What is timed: a kernel under its permanent name, and the sizes it is timed at. */
import type { VisibleGroup } from '../../pipeline/experts/product.ts'

/** A visible layer of D units and the number H of hidden ones, or of experts. */
export interface Size {
  /** `DxH`. */
  readonly name: string
  readonly width: number
  readonly hidden: number
  readonly visible: readonly VisibleGroup[]
  /** The size whose kernels it takes turns with, where that is not itself. */
  readonly beside?: string
}

/** A kernel with parameters and rows, ready to be timed. */
export interface Running {
  /** Do the work of about `count` examples; how many it was. */
  run(count: number): number
  release(): void
}

export interface Kernel {
  /** Never changed, so that figures of different days can be compared. */
  readonly name: string
  /** What an example is. */
  readonly what: string
  readonly sizes: readonly Size[]
  /** May it be timed at others too, with Bernoulli units? */
  readonly anySize?: boolean
  /** Fused multiply-adds of an example for each of the D × H weights, where every weight has as many. */
  readonly perWeight?: number
  /** Bytes of W that an example moves, over the bytes of W: each weight is read, and written once where it is learned. */
  readonly sweeps?: number
  /** Is it what the rivals do? */
  readonly rivals?: boolean
  open(size: Size, relaxed: boolean): Running
  /**
   * The largest error against the float64 oracle in units of what float32 allows: up to 1 is right. A seed may be one for
   * which a random number falls between the mean of the kernel and that of the oracle; then the next one decides.
   */
  check(size: Size, relaxed: boolean, seed: number): number
}

/** A layer of Bernoulli units. */
export function size(width: number, hidden: number): Size {
  return { name: `${width}x${hidden}`, width, hidden, visible: [{ kind: 'bernoulli', size: width }] }
}

/** A layer of softmax groups of equal size. */
export function groups(count: number, states: number, hidden: number): Size {
  const visible = Array.from({ length: count }, () => ({ kind: 'softmax', size: states }) as const)
  return { name: `${count * states}x${hidden}`, width: count * states, hidden, visible }
}
