/** What the benchmark says about a kernel at a size on an engine: one line of its JSON. */

/** A rival, in turn with the kernel. */
export interface Rivalry {
  readonly version: string
  /** µs an example. */
  readonly median: number
  readonly fastest: number
  /** How many times as long as the kernel: the median over the rounds. */
  readonly times: number
}

/** What this core can do; the same for all results of a run. */
export interface Ceiling {
  readonly processor: string
  /** The peak of 128-bit vectors; a fused multiply-add counts twice. */
  readonly gigaflops?: number
  /** Who said so: 'native' or an engine; nobody where there is neither gcc nor an engine with relaxed SIMD. */
  readonly measuredBy?: string
  /** Its median turn as a share of its fastest: near 1 on a machine at rest, and less where other work disturbs figures. */
  readonly steadiness?: number
  /** The peak as measured by each, in turn with the kernels. */
  readonly peaks: Readonly<Record<string, number>>
  /** GB/s that are read, or read and written back, at each level of memory. */
  readonly bandwidth?: Readonly<Record<string, { readonly read: number; readonly update: number }>>
}

export interface Result {
  readonly kernel: string
  /** `DxH`. */
  readonly size: string
  readonly node: string
  readonly target: 'plain' | 'relaxed'
  /** µs an example: the median of all turns and the fastest. */
  readonly median: number
  readonly fastest: number
  readonly rounds: number
  /** Floating-point operations a nanosecond, where they can be counted. */
  readonly gigaflops?: number
  /** Share of the peak of 128-bit multiply-adds. */
  readonly ofPeak?: number
  /** Floating-point operations for a byte of W that is moved. */
  readonly intensity?: number
  /** Times as long as `rbm/cd1` at the same size on the same engine. */
  readonly steps?: number
  readonly rivals: Readonly<Record<string, Rivalry>>
  readonly ceiling: Ceiling
}

/** Five digits: more are noise. */
export const inJson = (result: Result) =>
  JSON.stringify(result, (_, value) => (typeof value === 'number' ? Number(value.toPrecision(5)) : value))
