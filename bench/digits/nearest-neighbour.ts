/** What classifiers of digits have been compared with since there are any: the class of the nearest image learned. */
import { type Images, imageAt } from '../images/images.ts'

/** The squared distance, or more than `most` when it is farther. */
function squaredDistance(x: Float32Array, y: Float32Array, most: number): number {
  let sum = 0
  for (let i = 0; i < x.length && sum <= most; i++) sum += (x[i] - y[i]) ** 2
  return sum
}

/** The share of `test` whose nearest image of `train`, by Euclidean distance, is of another class. */
export function nearestNeighbourError(train: Images, test: Images): number {
  const known = Array.from(train.labels, (_, n) => imageAt(train, n))
  let wrong = 0
  for (const [n, label] of test.labels.entries()) {
    const image = imageAt(test, n)
    let least = Number.POSITIVE_INFINITY
    let nearest = -1
    for (const [m, other] of known.entries()) {
      const distance = squaredDistance(image, other, least)
      if (distance >= least) continue
      least = distance
      nearest = m
    }
    wrong += Number(train.labels[nearest] !== label)
  }
  return wrong / test.labels.length
}
