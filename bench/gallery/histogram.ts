/** A histogram as a panel of a figure. */

const BINS = 60

/** Values in bins of one width between two bounds; what lies beyond them is in the outermost ones. */
export function binned(values: readonly number[], low: number, high: number, bins = BINS) {
  const width = (high - low) / bins
  const counts = new Array<number>(bins).fill(0)
  for (const value of values) counts[Math.min(bins - 1, Math.max(0, Math.floor((value - low) / width)))]++
  return counts.map((count, k) => ({ from: low + k * width, to: low + (k + 1) * width, count }))
}

interface Histogram {
  readonly title: string | string[]
  readonly values: readonly number[]
  readonly low: number
  readonly high: number
  /** What is counted, with its unit. */
  readonly axis: string
}

export const histogram = ({ title, values, low, high, axis }: Histogram) => ({
  title,
  width: 340,
  height: 240,
  data: { values: binned(values, low, high) },
  mark: { type: 'rect' as const },
  encoding: {
    x: {
      field: 'from',
      type: 'quantitative' as const,
      scale: { domain: [low, high], nice: false },
      axis: { title: axis, grid: false, tickCount: 7 },
    },
    x2: { field: 'to' },
    y: { field: 'count', type: 'quantitative' as const, axis: { title: 'networks' } },
    y2: { datum: 0 },
    color: {
      condition: { test: 'datum.to <= 0.0000001', value: '#e45756' },
      value: '#4c78a8',
    },
  },
})
