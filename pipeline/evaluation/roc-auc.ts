import { tiedGroups } from './tied-groups.ts'

/**
 * Area under the ROC curve: the probability that an anomaly scores higher than a normal record, where equal scores count
 * half (the Mann–Whitney statistic; Hanley and McNeil 1982). 1 is perfect, 0.5 is chance.
 *
 * @param scores one a record, higher = more anomalous
 * @param anomalous one a record: true, or any number but 0, for an anomaly
 * @returns null without an anomaly or without a normal record: there is no pair to compare
 * @throws RangeError when the lengths differ or a score is NaN
 */
export function rocAuc(scores: ArrayLike<number>, anomalous: ArrayLike<boolean | number>): number | null {
  let anomalies = 0
  let normals = 0
  let pairs = 0
  for (const group of tiedGroups(scores, anomalous)) {
    pairs += group.normals * (anomalies + group.anomalies / 2)
    anomalies += group.anomalies
    normals += group.normals
  }
  return anomalies === 0 || normals === 0 ? null : pairs / (anomalies * normals)
}
