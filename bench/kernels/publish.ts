/** From saved results to docs/performance.md: its tables and its plots. */
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { table } from './print.ts'
import type { Result } from './result.ts'

const page = fileURLToPath(new URL('../../docs/performance.md', import.meta.url))
const folder = fileURLToPath(new URL('../../docs/performance/', import.meta.url))
const BEGIN = '<!-- figures: npm run bench -- --publish -->\n'
const END = '<!-- end of figures -->'

/** What `--save` has written, one result a line. */
export const resultsIn = (text: string) =>
  text
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as Result)

/** The results that the page shows. */
export const savedResults = () => resultsIn(readFileSync(`${folder}results.jsonl`, 'utf8'))

/** The figures as the page shows them. */
export function figures(results: readonly Result[]): string {
  const [{ ceiling }] = results
  const nodes = [...new Set(results.map(({ node }) => node))]
  const rivals = new Map(
    results.flatMap(result => Object.entries(result.rivals).map(([name, { version }]) => [name, version])),
  )
  const memory = Object.entries(ceiling.bandwidth ?? {}).map(
    ([level, { read, update }]) => `${level} ${read.toFixed(0)} and ${update.toFixed(0)}`,
  )
  const sizes = [...new Set(results.map(({ size }) => size))]
  return [
    `${ceiling.processor}, one core. Node ${nodes.map(node => node.slice(1)).join(', ')}.`,
    `Rivals: ${[...rivals].map(([name, version]) => `${name} ${version}`).join(', ') || 'none'}.`,
    `Memory in GB/s, read, and read and written back: ${memory.join('; ')}.`,
    ...sizes.map(size => table(results.filter(result => result.size === size))),
    '',
  ].join('\n')
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
