/** Plots of saved results: time against size, and the roofline. */
import { parse, type Spec, View } from 'vega'
import { compile, type TopLevelSpec } from 'vega-lite'
import type { Result } from './result.ts'
import { roof, weightsOf } from './roofline.ts'

const engineOf = ({ node, target }: Result) => `Node ${node.replace(/^v(\d+).*/, '$1')} ${target}`

/** Every size has measured it; other work on the machine can only lower it. */
const peakOf = (results: readonly Result[]) =>
  Math.max(...results.map(({ ceiling }) => ceiling.gigaflops ?? 0))

const frame = {
  $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
  width: 640,
  height: 400,
  background: 'white',
  config: { legend: { labelLimit: 0, titleLimit: 0 } },
} as const

interface Point {
  readonly who: string
  readonly weights: number
  readonly microseconds: number
}

/** The two engines that are furthest apart, and everyone at each size. */
function timePoints(results: readonly Result[]): Point[] {
  const shown = results.filter(({ kernel }) => kernel === 'rbm/cd1')
  const engines = [...new Set(shown.map(engineOf))]
  const chosen = [engines[0], engines.at(-1)]
  const own = shown
    .filter(result => chosen.includes(engineOf(result)))
    .map(result => ({
      who: `Veto, ${engineOf(result)}`,
      weights: weightsOf(result.size),
      microseconds: result.median,
    }))
  const last = shown.filter(result => engineOf(result) === chosen[1])
  const theirs = last.flatMap(({ size, rivals }) =>
    Object.entries(rivals).map(([who, { median }]) => ({
      who,
      weights: weightsOf(size),
      microseconds: median,
    })),
  )
  return [...own, ...theirs]
}

/** Microseconds of CD-1 against D × H on logarithmic axes; the line is what the peak allows, 4 multiply-adds a weight. */
export function timeAgainstSize(results: readonly Result[]): TopLevelSpec {
  const points = timePoints(results)
  const sizes = points.map(point => point.weights)
  const gigaflops = peakOf(results)
  const limit = [Math.min(...sizes), Math.max(...sizes)].map(size => ({
    weights: size,
    microseconds: (8 * size) / gigaflops / 1000,
  }))
  const x = {
    field: 'weights',
    type: 'quantitative',
    scale: { type: 'log' },
    title: 'weights, D × H',
  } as const
  const y = {
    field: 'microseconds',
    type: 'quantitative',
    scale: { type: 'log' },
    title: 'µs for one CD-1 update, batch 1',
  } as const
  return {
    ...frame,
    title: 'Time against size; the grey line is the peak of 128-bit multiply-adds',
    layer: [
      { data: { values: limit }, mark: { type: 'line', color: '#999999' }, encoding: { x, y } },
      {
        data: { values: points },
        mark: { type: 'line', point: true, strokeWidth: 1 },
        encoding: { x, y, color: { field: 'who', type: 'nominal', title: null, sort: null } },
      },
    ],
  }
}

/** Sizes of each level of memory, and kernels whose multiply-adds are counted. */
const ROOFLINE_SIZES = ['64x32', '784x500', '4096x1024', '16384x4096']

/** GFLOP/s against operations a byte: roofs of each level of memory, and kernels below them. */
export function roofline(results: readonly Result[]): TopLevelSpec {
  const counted = results.filter(
    ({ intensity, size }) => intensity !== undefined && ROOFLINE_SIZES.includes(size),
  )
  const engine = engineOf(counted.at(-1)!)
  const points = counted
    .filter(result => engineOf(result) === engine)
    .map(({ kernel, size, gigaflops, intensity }) => ({ kernel, size, gigaflops, intensity }))
  const peak = peakOf(results)
  const { bandwidth = {} } = results[0].ceiling
  const roofs = Object.entries(bandwidth).flatMap(([level, { update }]) =>
    Array.from({ length: 49 }, (_, k) => 2 ** ((k - 16) / 8)).map(intensity => ({
      level: `${level}, ${update.toFixed(0)} GB/s`,
      intensity,
      gigaflops: roof(intensity, peak, update),
    })),
  )
  const x = {
    field: 'intensity',
    type: 'quantitative',
    scale: { type: 'log', base: 2 },
    title: 'floating-point operations for a byte of W that is moved',
  } as const
  const y = {
    field: 'gigaflops',
    type: 'quantitative',
    scale: { type: 'log', base: 2 },
    title: 'GFLOP/s',
  } as const
  return {
    ...frame,
    title: `Roofline, ${engine}`,
    resolve: { scale: { color: 'independent' } },
    layer: [
      {
        data: { values: roofs },
        mark: { type: 'line' },
        encoding: {
          x,
          y,
          color: {
            field: 'level',
            type: 'nominal',
            title: 'memory, read and written back',
            sort: null,
            scale: { scheme: 'greys' },
          },
        },
      },
      {
        data: { values: points },
        mark: { type: 'point', filled: true, size: 60 },
        encoding: {
          x,
          y,
          color: { field: 'kernel', type: 'nominal', title: 'kernel', sort: null },
          shape: { field: 'size', type: 'nominal', title: 'D × H', sort: null },
        },
      },
    ],
  }
}

/** A plot as SVG. */
export function drawn(plot: TopLevelSpec): Promise<string> {
  return new View(parse(compile(plot).spec as Spec), { renderer: 'none' }).toSVG()
}
