/**
 * The arithmetic of the roofline (Williams, Waterman and Patterson 2009): a kernel attains at most the peak, and at most
 * its operations for a byte times the bytes that the memory moves.
 */
import type { Kernel, Size } from './kernel.ts'

/** A multiply and an add. */
const FLOPS = 2
const BYTES_PER_WEIGHT = 4

type Counted = Pick<Kernel, 'perWeight' | 'sweeps'>

/** Floating-point operations a microsecond when an example takes that many. */
export const attained = (
  { perWeight = Number.NaN }: Counted,
  { width, hidden }: Size,
  microseconds: number,
) => (FLOPS * perWeight * width * hidden) / microseconds

/** Floating-point operations for a byte of W that an example moves. */
export const intensity = ({ perWeight = Number.NaN, sweeps = Number.NaN }: Counted) =>
  (FLOPS * perWeight) / (BYTES_PER_WEIGHT * sweeps)

/** The most GFLOP/s at that intensity where memory moves so many GB/s. */
export const roof = (intensity: number, peak: number, bandwidth: number) =>
  Math.min(peak, intensity * bandwidth)

/** D × H of a size by its name. */
export const weightsOf = (size: string) =>
  size.split('x').reduce((product, side) => product * Number(side), 1)

/** The power of D × H that times grow with: the slope of a line through their logarithms by least squares. */
export function growth(results: readonly { readonly size: string; readonly median: number }[]): number {
  const points = results.map(({ size, median }) => ({ x: Math.log(weightsOf(size)), y: Math.log(median) }))
  const mean = (of: 'x' | 'y') => points.reduce((sum, point) => sum + point[of], 0) / points.length
  const [x, y] = [mean('x'), mean('y')]
  const across = points.reduce((sum, point) => sum + (point.x - x) * (point.y - y), 0)
  return across / points.reduce((sum, point) => sum + (point.x - x) ** 2, 0)
}
