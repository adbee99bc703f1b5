/** Whoever takes turns: a kernel on a Node, a rival, or a measurement of what the machine can do. */

export interface Contestant {
  /** What it is called in tables. */
  readonly label: string
  /**
   * Do the work of about `warm` examples, which bring back to the caches what others have put out of them, then that of
   * about `count`; the microseconds that one of the latter took.
   */
  turn(warm: number, count: number): Promise<number>
}
