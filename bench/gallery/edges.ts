/** What forty unigauss experts make of images of edges: their means, and how sure they are of each pixel (Hinton 2002, figure 3). */
import { SIDE } from '../../fixtures/edges.ts'
import { EXPERTS, learnEdges } from '../edges-learning.ts'
import type { Figure } from './figure.ts'

/** Experts of a line, and pixels from one expert to the next. */
const LINE = 10
const PITCH = SIDE + 2

/** Shades that are told apart: pixels of one shade side by side are one rectangle, which keeps the file small. */
const SHADES = 4

/** The values of a matrix (M, D) at their places among the images of the experts, in rectangles of one shade. */
function runsOf(values: Float32Array, most: number) {
  const runs: Run[] = []
  for (const [k, value] of values.entries()) {
    const [expert, pixel] = [Math.floor(k / SIDE ** 2), k % SIDE ** 2]
    const x = 1 + (expert % LINE) * PITCH + (pixel % SIDE)
    const y = 1 + Math.floor(expert / LINE) * PITCH + Math.floor(pixel / SIDE)
    const shade = Math.round((SHADES * Math.min(value, most)) / most) / SHADES
    const last = runs.at(-1)
    if (last?.shade === shade && last.x2 === x && last.y === y) last.x2++
    else runs.push({ x, x2: x + 1, y, y2: y + 1, shade })
  }
  return stacked(runs)
}

type Run = { x: number; x2: number; y: number; y2: number; shade: number }

/** Runs of the same length and shade below each other are one. */
function stacked(runs: readonly Run[]): Run[] {
  const ending = new Map<string, Run>()
  const whole: Run[] = []
  for (const run of runs) {
    const key = (y: number) => [run.x, run.x2, run.shade, y].join()
    const above = ending.get(key(run.y))
    const own = above ?? run
    own.y2 = run.y2
    if (!above) whole.push(own)
    ending.set(key(own.y2), own)
  }
  return whole
}

const images = (title: string, values: Float32Array, most: number) => ({
  title,
  width: LINE * PITCH * 4,
  height: (EXPERTS / LINE) * PITCH * 4,
  data: { values: runsOf(values, most) },
  mark: { type: 'rect' as const },
  encoding: {
    x: { field: 'x', type: 'quantitative' as const, axis: null, scale: { domain: [0, LINE * PITCH] } },
    x2: { field: 'x2' },
    y: {
      field: 'y',
      type: 'quantitative' as const,
      axis: null,
      scale: { domain: [(EXPERTS / LINE) * PITCH, 0] },
    },
    y2: { field: 'y2' },
    color: {
      field: 'shade',
      type: 'quantitative' as const,
      scale: { domain: [0, 1], range: ['#000', '#fff'] },
      legend: null,
    },
  },
})

export const figure: Figure = {
  name: 'edges',
  title: 'Forty unigauss experts on images of single edges',
  async draw() {
    const product = learnEdges(100)
    const tensors = product.tensors()
    product.release()
    const [mean, spread] = ['mean', 'logVariance'].map(
      name => tensors[`experts.${name}`].data as Float32Array,
    )
    const deviations = spread.map(logVariance => Math.exp(logVariance / 2))
    return {
      config: { aria: false, view: { fill: '#88a', stroke: null } },
      resolve: { scale: { color: 'independent' } },
      hconcat: [
        images('Means: black 0, white 1', mean, 1),
        images('Standard deviations: black 0, white 0.5', deviations, 0.5),
      ],
    }
  },
}
