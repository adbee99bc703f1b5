/** The chart of scores: what the last records scored, where an alarm begins, and which were alarms. */
import uPlot from 'uplot'
import type { History } from './history.ts'
import type { Theme } from './theme.ts'

/** Scores that the chart shows at least, in nats: without it, noise would fill it. */
const LEAST_RANGE: readonly [number, number] = [-12, 20]
/** Records that it has room for at least. */
const LEAST_SPAN = 600
/** Below this many nats the scale is nearly linear, above it logarithmic: scores of alarms know no bounds. */
const LINEAR = 8

export class ScoreChart {
  readonly #history: History
  readonly #plot: uPlot
  readonly #parent: HTMLElement
  #span: number
  #drawn = -1

  /** `span`: records from the left to the right edge. */
  constructor(parent: HTMLElement, history: History, theme: Theme, span: number) {
    this.#history = history
    this.#parent = parent
    this.#span = span
    this.#plot = new uPlot(this.#options(theme), [[], [], [], [], []], parent)
    new ResizeObserver(() => this.#resize()).observe(parent)
    theme.onChange(() => this.#plot.redraw())
  }

  set span(records: number) {
    this.#span = records
    this.#drawn = -1
  }

  /** Draw what has come since the last time. */
  draw(): void {
    if (this.#drawn === this.#history.count) return
    this.#drawn = this.#history.count
    // One column for two pixels of the screen: a column of one would be a line too thin to see.
    const most = Math.max(50, Math.floor(this.#plot.bbox.width / 2))
    const { record, low, high, line, alarm } = this.#history.columns(this.#range(), most)
    this.#plot.setData([record, low, high, line, alarm].map(gapsAsNull) as uPlot.AlignedData)
  }

  #resize(): void {
    this.#plot.setSize(this.#size())
    this.#drawn = -1
  }

  #size(): { width: number; height: number } {
    return { width: this.#parent.clientWidth, height: this.#parent.clientHeight }
  }

  /** The first records have the chart for themselves; then it becomes wider, and in the end it moves. */
  #range(): [number, number] {
    const { count } = this.#history
    const shown = Math.min(this.#span, Math.max(count, LEAST_SPAN))
    const end = Math.max(count, shown)
    return [end - shown, end]
  }

  #options(theme: Theme): uPlot.Options {
    const axis = {
      stroke: () => theme.colour('faint'),
      grid: { stroke: () => theme.colour('grid'), width: 1 },
      ticks: { show: false },
      font: '12px system-ui, sans-serif',
    }
    return {
      ...this.#size(),
      cursor: { show: false },
      legend: { show: false },
      padding: [8, 24, 0, 0],
      scales: {
        x: { time: false, range: () => this.#range() },
        y: {
          distr: 4,
          asinh: LINEAR,
          range: (_, low, high) => [
            Math.min(low ?? 0, LEAST_RANGE[0]),
            1.25 * Math.max(high ?? 0, LEAST_RANGE[1]),
          ],
        },
      },
      axes: [
        { ...axis, size: 28, space: 90, values: (_, marks) => marks.map(mark => mark.toLocaleString('en')) },
        {
          ...axis,
          size: 44,
          filter: (_, splits) => splits,
          splits: (_, __, low, high) => SPLITS.filter(at => at >= low && at <= high),
        },
      ],
      series: [
        {},
        { stroke: () => theme.colour('calm'), width: 1, points: { show: false } },
        { stroke: () => theme.colour('calm'), width: 1, points: { show: false } },
        { stroke: () => theme.colour('odd'), width: 1.5, dash: [6, 4], points: { show: false } },
        {
          paths: () => null,
          stroke: () => theme.colour('alarm'),
          points: {
            show: true,
            size: 7,
            width: 1.5,
            fill: () => theme.colour('alarm'),
            stroke: () => theme.colour('panel'),
          },
        },
      ],
      bands: [{ series: [2, 1], fill: () => `${theme.colour('calm')}55` }],
    }
  }
}

/** Where the axis of scores is marked, in nats. */
const SPLITS = [-1000, -100, -30, -10, 0, 10, 30, 100, 300, 1000, 10_000, 100_000]

/** uPlot knows a gap as null. */
function gapsAsNull(values: Float64Array): (number | null)[] {
  return Array.from(values, value => (Number.isNaN(value) ? null : value))
}
