// A detector of a family of one's own, on a stream of two numbers with a fault in it.
import { Detector } from 'veto'
import { laplace } from './laplace.js'

const detector = new Detector({ families: [laplace] })
let state = 1
const uniform = () => {
  state = (state * 48271) % 2147483647
  return state / 2147483647
}
for (let n = 0; n < 500; n++) {
  const spike = uniform() < 0.02 ? 40 * uniform() : 0
  detector.observe({ latency: 20 + 6 * uniform() + spike, size: 300 + 80 * uniform() })
}
const { p, anomaly, why } = detector.scoreOne({ latency: 21, size: 900 })
console.log(
  `anomaly ${anomaly}, p ${p.toFixed(4)}: ${why[0].field} is ${why[0].value}, expected ${why[0].expected.toFixed(0)}`,
)

const again = Detector.load(detector.save(), { families: [laplace] })
console.log(
  `after loading: p ${again.scoreOne({ latency: 21, size: 900 }).p.toFixed(4)}, ${again.learned} records`,
)
