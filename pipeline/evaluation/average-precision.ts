import { tiedGroups } from './tied-groups.ts'

/**
 * Average precision: Σ_k (R_k − R_{k−1}) P_k over the distinct scores, the highest first, where P_k and R_k are the
 * precision and recall of calling everything from the k-th score upwards an anomaly. Equal scores are taken together, so
 * their order does not matter. 1 is perfect; chance is the share of anomalies.
 *
 * @param scores one a record, higher = more anomalous
 * @param anomalous one a record: true, or any number but 0, for an anomaly
 * @returns null without an anomaly or without a normal record: any order of such records is as good as another
 * @throws RangeError when the lengths differ or a score is NaN
 */
export function averagePrecision(
  scores: ArrayLike<number>,
  anomalous: ArrayLike<boolean | number>,
): number | null {
  let found = 0
  let called = 0
  let sum = 0
  for (const { anomalies, normals } of tiedGroups(scores, anomalous)) {
    found += anomalies
    called += anomalies + normals
    sum += anomalies * (found / called)
  }
  return found === 0 || found === called ? null : sum / found
}
