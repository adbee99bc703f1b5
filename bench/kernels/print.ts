/** Results as tables. */
import type { Result } from './result.ts'

const digits = (value: number | undefined, places: number) => value?.toFixed(places) ?? ''

function line(result: Result): string {
  const { kernel, node, target, median, fastest, ofPeak, steps, rivals } = result
  const share = ofPeak === undefined ? '' : `${(100 * ofPeak).toFixed(0)} %`
  const times = Object.entries(rivals).map(([name, { times }]) => `${name} ${times.toFixed(2)}`)
  const cells = [kernel, `${node} ${target}`, digits(median, 3), digits(fastest, 3), share, digits(steps, 2)]
  return `| ${[...cells, times.join(', ')].join(' | ')} |`
}

/** Below it other work has slowed the machine down, and figures say more about that than about kernels. */
export const STEADY = 0.95

/** A table with the results of one size. */
export function table(results: readonly Result[]): string {
  const [{ size, ceiling }] = results
  const peaks = Object.entries(ceiling.peaks).map(([by, gigaflops]) => `${gigaflops.toFixed(1)} (${by})`)
  const busy = ceiling.steadiness !== undefined && ceiling.steadiness < STEADY
  return [
    ...(busy
      ? [
          `\nThe machine was busy: the peak's median turn was ${digits(1 / ceiling.steadiness, 2)} times its fastest.`,
        ]
      : []),
    `\n${size}, µs an example; peak in GFLOP/s: ${peaks.join(', ') || 'not measured'}\n`,
    '| kernel | engine | median | fastest | of peak | CD-1 steps | rivals: times as long |',
    '|---|---|---:|---:|---:|---:|---|',
    ...results.map(line),
  ].join('\n')
}
