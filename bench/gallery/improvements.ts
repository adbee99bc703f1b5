/**
 * What one update of CD-1 does to the contrastive divergence, and to the likelihood, of random networks (Hinton 2002,
 * figure 10): all expectations exact, 8 visible and 4 hidden units, weights of deviation 20.
 */
import { outcomes, small } from '../networks/simulation.ts'
import type { Figure } from './figure.ts'
import { histogram } from './histogram.ts'

const NETWORKS = 100_000
/** So many of them are what the paper's second panel shows. */
const SHOWN = 1000

export const figure: Figure = {
  name: 'improvements',
  title: 'One update of CD-1 on random networks of 8 × 4 units',
  seconds: 40,
  async draw() {
    const found = [...outcomes({ ...small, networks: NETWORKS, seed: 1 })]
    const improvements = found.map(({ improvement }) => improvement)
    const likelihoods = found.slice(0, SHOWN).map(({ likelihood }) => likelihood)
    const worse = improvements.filter(value => value <= 0).length
    const fell = likelihoods.filter(value => value < 0).length
    const ofAll = found.filter(({ likelihood }) => likelihood < 0).length
    return {
      config: { aria: false, view: { stroke: null } },
      hconcat: [
        histogram({
          title: [
            'The contrastive divergence falls',
            `on all${worse > 0 ? ` but ${worse}` : ''} of ${NETWORKS.toLocaleString('en')}`,
          ],
          values: improvements,
          low: 0,
          high: 0.12,
          axis: 'improvement, nats',
        }),
        histogram({
          title: [
            `The likelihood of the data falls on ${fell} of ${SHOWN.toLocaleString('en')}`,
            `(on ${ofAll} of ${NETWORKS.toLocaleString('en')})`,
          ],
          values: likelihoods,
          low: -0.01,
          high: 0.11,
          axis: 'change of the mean log-likelihood, nats',
        }),
      ],
    }
  },
}
