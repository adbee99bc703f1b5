/** A rival detector, re-implemented from its paper, as the detection benchmark runs it. */
export interface PeerDetector {
  readonly name: string
  /** true: each row is scored before it is learned, in one pass; false: fitted to all rows, then all are scored */
  readonly online: boolean
  /**
   * One score a row, higher = more anomalous. Rows are (n, m) of finite numbers, missing ones filled in by the caller;
   * they are not changed. The same rows and seed give the same scores. Scores compare within one call only.
   */
  scores(rows: readonly Float64Array[], seed: number): Float64Array
}
