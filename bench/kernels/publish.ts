/** From saved results to docs/performance.md: its tables and its plots. */
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { STEADY } from './print.ts'
import type { Result } from './result.ts'

const page = fileURLToPath(new URL('../../docs/performance.md', import.meta.url))
const folder = fileURLToPath(new URL('../../docs/performance/', import.meta.url))
const BEGIN = '<!-- figures: npm run bench -- --publish -->\n'
const END = '<!-- end of figures -->'

/** What `--save` has written, one result a line. Throws when a file holds anything else. */
export function resultsIn(file: string): Result[] {
  const refusal = (why: string) =>
    new Error(`Expected results of npm run bench -- --save in ${file}, got ${why}.`)
  let text: string
  try {
    text = readFileSync(file, 'utf8').trim()
  } catch (error) {
    throw refusal((error as Error).message)
  }
  if (text === '') throw refusal('an empty file')
  return text.split('\n').map((line, index) => {
    try {
      const result = JSON.parse(line) as Result
      if (typeof result.kernel === 'string' && typeof result.ceiling?.processor === 'string') return result
    } catch {
      // Not even JSON.
    }
    throw refusal(`something else in line ${index + 1}`)
  })
}

/** The results that the page shows. */
export const savedResults = () => resultsIn(`${folder}results.jsonl`)

const engineOf = ({ node, target }: Result) => `Node ${node.slice(1)} ${target}`
const percent = (share: number | undefined) => (share === undefined ? '' : `${(100 * share).toFixed(0)} %`)
/** Three digits: more are noise. */
const time = (microseconds: number) => String(Number(microseconds.toPrecision(3)))

/** A Markdown table; all columns after the first ones are numbers. */
function grid(head: readonly string[], texts: number, rows: readonly (readonly string[])[]): string {
  const rule = head.map((_, column) => (column < texts ? '---' : '---:'))
  return [head, rule, ...rows].map(cells => `| ${cells.join(' | ')} |`).join('\n')
}

/** A line for each kernel and size: µs on every engine; share of the peak and CD-1 steps on the last one. */
function kernelTable(results: readonly Result[], engines: readonly string[]): string {
  const events = new Map<string, Result[]>()
  for (const result of results) {
    const name = `${result.kernel} ${result.size}`
    events.set(name, [...(events.get(name) ?? []), result])
  }
  const rows = [...events.values()].map(group => {
    const on = (engine: string) => group.find(result => engineOf(result) === engine)
    const last = on(engines.at(-1)!)
    const times = engines.map(engine => time(on(engine)?.median ?? Number.NaN))
    return [group[0].kernel, group[0].size, ...times, percent(last?.ofPeak), last?.steps?.toFixed(2) ?? '']
  })
  return grid(['kernel', 'size', ...engines, 'of peak', 'CD-1 steps'], 2, rows)
}

/** A line for each size: µs of every rival, and how many times as long as `rbm/cd1` on the last engine. */
function rivalTable(results: readonly Result[], engine: string, rivals: readonly string[]): string {
  const compared = results.filter(
    result => result.kernel === 'rbm/cd1' && engineOf(result) === engine && rivals[0] in result.rivals,
  )
  const rows = compared.map(({ size, median, rivals: found }) => [
    size,
    time(median),
    ...rivals.map(name => `${time(found[name].median)} (${found[name].times.toFixed(1)})`),
  ])
  return grid(['size', 'Veto', ...rivals], 1, rows)
}

/** The figures as the page shows them. */
export function figures(results: readonly Result[]): string {
  const [{ ceiling }] = results
  const engines = [...new Set(results.map(engineOf))]
  const last = engines.at(-1)!
  const rivals = new Map(
    results.flatMap(result => Object.entries(result.rivals).map(([name, { version }]) => [name, version])),
  )
  const memory = Object.entries(ceiling.bandwidth ?? {}).map(
    ([level, { read, update }]) => `${level} ${read.toFixed(0)} and ${update.toFixed(0)}`,
  )
  const peaks = Object.keys(ceiling.peaks).map(by => {
    const found = Math.max(...results.map(({ ceiling }) => ceiling.peaks[by]))
    return `${found.toFixed(1)} (${by})`
  })
  const steadiness = Math.min(...results.map(({ ceiling }) => ceiling.steadiness ?? Number.NaN))
  const parts = [
    ...(steadiness < STEADY
      ? ['**The machine was busy during this run: these figures are no measure of the kernels.**']
      : []),
    `${ceiling.processor}, one core; ${results[0].rounds} rounds. Peak in GFLOP/s: ${peaks.join(', ')}. ` +
      `Memory in GB/s, read, and read and written back: ${memory.join('; ')}.`,
    `Microseconds an example, medians; share of the peak and CD-1 steps on ${last}:`,
    kernelTable(results, engines),
  ]
  if (rivals.size === 0) return `${parts.join('\n\n')}\n`
  const versions = [...rivals].map(([name, version]) => `${name} ${version}`)
  return `${[
    ...parts,
    `CD-1 beside rivals (${versions.join(', ')}), and in brackets how many times as long as on ${last}:`,
    rivalTable(results, last, [...rivals.keys()]),
  ].join('\n\n')}\n`
}

/** The page with other figures in place of those that it has. */
export function withFigures(text: string, results: readonly Result[]): string {
  const [before, rest] = text.split(BEGIN)
  const after = rest?.split(END)[1]
  if (after === undefined) throw new Error(`Expected ${page} to have the lines ${BEGIN.trim()} and ${END}.`)
  return `${before}${BEGIN}${figures(results)}${END}${after}`
}

export async function publish(): Promise<void> {
  const { drawn, roofline, timeAgainstSize } = await import('./plots.ts')
  const results = savedResults()
  writeFileSync(`${folder}time.svg`, `${await drawn(timeAgainstSize(results))}\n`)
  writeFileSync(`${folder}roofline.svg`, `${await drawn(roofline(results))}\n`)
  writeFileSync(page, withFigures(readFileSync(page, 'utf8'), results))
}
