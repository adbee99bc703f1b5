/** Where records come from: one of these is at work at a time. */
export interface Source {
  /** Records from the left to the right edge of the chart. */
  readonly span: number
  start(): void
  stop(): void
  /** Called once a frame while at work; `time` in milliseconds. */
  frame?(time: number): void
}
