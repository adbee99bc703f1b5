/** Two opinions, their logarithmic pools from one to the other, and what pooling gains. */
import type { Figure } from './figure.ts'

/** Densities of two Gaussians and of their pool, which is one as well: precisions are averaged, and precision × mean. */
const opinions = [
  { mean: -1, precision: 4 },
  { mean: 1.5, precision: 1 },
]
const logZ = (precision: number, linear: number) =>
  Math.log((2 * Math.PI) / precision) / 2 + linear ** 2 / (2 * precision)

function pooled(weight: number) {
  const precision = (1 - weight) * opinions[0].precision + weight * opinions[1].precision
  const linear =
    (1 - weight) * opinions[0].precision * opinions[0].mean +
    weight * opinions[1].precision * opinions[1].mean
  const own = opinions.map(({ mean, precision }) => logZ(precision, mean * precision))
  return {
    precision,
    linear,
    logPartition: logZ(precision, linear) - (1 - weight) * own[0] - weight * own[1],
  }
}

export const figure: Figure = {
  name: 'pool',
  title: 'Logarithmic pools of two Gaussian opinions, and how much they disagree',
  async draw() {
    const weights = [0, 0.25, 0.5, 0.75, 1]
    const curves = weights.flatMap(weight => {
      const { precision, linear } = pooled(weight)
      return Array.from({ length: 121 }, (_, i) => {
        const x = -4 + i / 15
        const log = linear * x - (precision * x * x) / 2 - logZ(precision, linear)
        return { x: Number(x.toFixed(3)), density: Number(Math.exp(log).toFixed(4)), weight }
      })
    })
    const gains = Array.from({ length: 51 }, (_, i) => ({
      weight: i / 50,
      gain: Number((-pooled(i / 50).logPartition).toFixed(4)),
    }))
    return {
      hconcat: [
        {
          width: 380,
          height: 200,
          data: { values: curves },
          mark: { type: 'line', strokeWidth: 1.6 },
          encoding: {
            x: { field: 'x', type: 'quantitative', title: 'x' },
            y: { field: 'density', type: 'quantitative', title: 'density' },
            color: {
              field: 'weight',
              type: 'ordinal',
              scale: { range: ['#08306b', '#4292c6', '#888888', '#fd8d3c', '#a63603'] },
              title: 'weight of the second',
            },
          },
        },
        {
          width: 220,
          height: 200,
          data: { values: gains },
          mark: { type: 'line', color: 'black' },
          encoding: {
            x: { field: 'weight', type: 'quantitative', title: 'weight of the second' },
            y: { field: 'gain', type: 'quantitative', title: '−log Z, nats' },
          },
        },
      ],
    }
  },
}
