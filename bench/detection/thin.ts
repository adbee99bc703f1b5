/**
 * Which records take part when runs of anomalies are thinned out: all normal ones, and of each run of consecutive
 * anomalies the first and then every `every`-th. What comes in bursts of thousands is otherwise the majority, and so by
 * any unsupervised detector's lights normal.
 */
export function thinned(every: number): (anomaly: boolean) => boolean {
  let run = 0
  return anomaly => {
    if (!anomaly) run = 0
    return !anomaly || run++ % every === 0
  }
}
