/** Records in the order of their scores, equal scores taken together: what all measures of a ranking start from. */

/** Records that share a score. */
export interface TiedGroup {
  readonly anomalies: number
  readonly normals: number
}

/**
 * The groups of equal scores, the highest score first.
 *
 * @param scores one a record, higher = more anomalous; infinities are allowed
 * @param anomalous one a record: true, or any number but 0, for an anomaly
 * @throws RangeError when the lengths differ or a score is NaN
 */
export function* tiedGroups(
  scores: ArrayLike<number>,
  anomalous: ArrayLike<boolean | number>,
): Generator<TiedGroup> {
  if (scores.length !== anomalous.length)
    throw new RangeError(
      `Expected as many labels as scores, got ${anomalous.length} labels and ${scores.length} scores.`,
    )
  const order = new Uint32Array(scores.length)
  for (let record = 0; record < order.length; record++) {
    if (Number.isNaN(scores[record]))
      throw new RangeError(
        `Expected numbers as scores, got NaN for record ${record}; leave out records without a score.`,
      )
    order[record] = record
  }
  // Equal infinities have the difference NaN: compared, not subtracted.
  order.sort((a, b) => (scores[a] < scores[b] ? 1 : scores[a] > scores[b] ? -1 : 0))
  for (let from = 0, to = 0; from < order.length; from = to) {
    let anomalies = 0
    for (; to < order.length && scores[order[to]] === scores[order[from]]; to++)
      if (anomalous[order[to]]) anomalies++
    yield { anomalies, normals: to - from - anomalies }
  }
}
