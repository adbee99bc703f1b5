/** Two Gaussian experts and their product, as ellipses: precisions add up, so that the product is narrower than each. */
import type { TopLevelSpec } from 'vega-lite'
import { gaussian } from '../../pipeline/experts/gaussian.ts'
import { type Normal, normalOf } from '../../pipeline/likelihood/gaussian.ts'
import type { Figure } from './figure.ts'

/** Means and rows of A of both experts: a field each that they are sure of. */
const experts = [
  { mean: [-1, 0.5], root: [1.1, 0.25, 0, 0.45] },
  { mean: [1.2, -0.5], root: [0.4, 0, -0.3, 1.2] },
]

/** A product of one of the experts, or of both. */
function productOf(chosen: readonly (typeof experts)[number][]): Normal & { samples: Float32Array } {
  const product = gaussian.create([{ kind: 'real', size: 2 }], { experts: chosen.length, rank: 2 })
  const tensors = product.tensors()
  // The base says next to nothing.
  tensors['base.roots'].data.fill(1e-6)
  tensors['experts.means'].data.set(chosen.flatMap(({ mean }) => mean))
  for (const field of [0, 1]) {
    tensors['experts.roots'].data.set(
      chosen.flatMap(({ root }) => [root[field], root[2 + field]]),
      field * chosen.length * 2,
    )
  }
  product.restore(tensors)
  const normal = { ...normalOf(product), samples: product.sample(300, 1) }
  product.release()
  return normal
}

/** Points at `deviations` from the mean: μ + L⁻ᵀ (cos, sin), L Lᵀ = Λ. */
function ellipse({ mean, precision: [a, b, , d] }: Normal, deviations: number) {
  const [l, m] = [Math.sqrt(a), b / Math.sqrt(a)]
  const n = Math.sqrt(d - m * m)
  return Array.from({ length: 73 }, (_, step) => {
    const angle = (step * Math.PI) / 36
    const y = (deviations * Math.sin(angle)) / n
    const x = (deviations * Math.cos(angle) - m * y) / l
    return { x: mean[0] + x, y: mean[1] + y, step }
  })
}

export const figure: Figure = {
  name: 'gaussian',
  title: 'Two Gaussian experts and their product: one, two and three deviations',
  draw: async (): Promise<TopLevelSpec> => {
    const shown = [
      { who: 'first expert', normal: productOf([experts[0]]) },
      { who: 'second expert', normal: productOf([experts[1]]) },
      { who: 'product, and draws from it', normal: productOf(experts) },
    ]
    const curves = shown.flatMap(({ who, normal }) =>
      [1, 2, 3].flatMap(deviations =>
        ellipse(normal, deviations).map(point => ({ ...point, who, deviations })),
      ),
    )
    const { samples } = shown[2].normal
    const draws = Array.from({ length: samples.length / 2 }, (_, n) => ({
      x: samples[2 * n],
      y: samples[2 * n + 1],
      who: shown[2].who,
    }))
    const x = {
      field: 'x',
      type: 'quantitative',
      title: 'first field',
      scale: { domain: [-7, 10] as number[] },
    } as const
    const y = {
      field: 'y',
      type: 'quantitative',
      title: 'second field',
      scale: { domain: [-8.5, 8.5] as number[] },
    } as const
    const color = { field: 'who', type: 'nominal', title: null, sort: null } as const
    return {
      width: 420,
      height: 420,
      layer: [
        {
          data: { values: draws },
          mark: { type: 'point', filled: true, size: 6, opacity: 0.5, aria: false },
          encoding: { x, y, color },
        },
        {
          data: { values: curves },
          mark: { type: 'line', strokeWidth: 1.5, aria: false },
          encoding: { x, y, color, detail: { field: 'deviations' }, order: { field: 'step' } },
        },
      ],
    }
  },
}
