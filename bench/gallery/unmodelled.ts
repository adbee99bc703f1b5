/**
 * The fall of the contrastive divergence that the rule of CD-1 models, and what the change of the reconstructions, which it
 * leaves out, takes from it (Hinton 2002, figure 11): 100 networks of 10 × 10 units, weights of deviation 10.
 */
import { outcomes, square } from '../networks/simulation.ts'
import type { Figure } from './figure.ts'

const NETWORKS = 100

export const figure: Figure = {
  name: 'unmodelled',
  title: 'What CD-1 leaves out, on networks of 10 × 10 units',
  seconds: 15,
  async draw() {
    const points = [...outcomes({ ...square, networks: NETWORKS, seed: 8 })].map(
      ({ modelled, unmodelled }) => ({ modelled, unmodelled }),
    )
    const above = points.filter(({ modelled, unmodelled }) => unmodelled > modelled).length
    const most = Math.max(...points.map(({ modelled }) => modelled))
    const least = Math.min(...points.map(({ unmodelled }) => unmodelled))
    const axis = (title: string) => ({ title, grid: false, tickCount: 6 })
    const x = { field: 'modelled', type: 'quantitative' as const, axis: axis('modelled reduction, nats') }
    const y = {
      field: 'unmodelled',
      type: 'quantitative' as const,
      axis: axis('unmodelled increase, nats'),
      scale: { domain: [least, most], nice: true },
    }
    return {
      config: { aria: false, view: { stroke: null } },
      width: 420,
      height: 420,
      layer: [
        {
          data: {
            values: [
              { modelled: 0, unmodelled: 0 },
              { modelled: most, unmodelled: most },
            ],
          },
          mark: { type: 'line', strokeDash: [4, 4], color: '#888' },
          encoding: { x, y },
        },
        {
          data: {
            values: [
              {
                modelled: most,
                unmodelled: most,
                text: `${above} of ${NETWORKS} above: CD-1 would get worse`,
              },
            ],
          },
          mark: { type: 'text', align: 'right', dx: -14, color: '#666' },
          encoding: { x, y, text: { field: 'text' } },
        },
        {
          data: { values: [{ unmodelled: 0 }] },
          mark: { type: 'rule', color: '#ccc' },
          encoding: { y },
        },
        {
          data: { values: points },
          mark: { type: 'point', filled: true, size: 22, opacity: 0.8, color: '#4c78a8' },
          encoding: { x, y },
        },
      ],
    }
  },
}
