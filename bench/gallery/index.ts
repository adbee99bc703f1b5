/**
 * Draws the pictures of docs/gallery/ anew: `npm run gallery` all of them, `npm run gallery -- NAME …` these. Every other
 * file of this folder is one picture.
 */
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type Figure, svgOf } from './figure.ts'

const folder = fileURLToPath(new URL('../../docs/gallery/', import.meta.url))

const files = readdirSync(new URL('.', import.meta.url)).filter(
  file => file.endsWith('.ts') && !['index.ts', 'figure.ts'].includes(file),
)
const modules = await Promise.all(files.map(file => import(new URL(file, import.meta.url).href)))
const figures: Figure[] = modules.flatMap(({ figure }) => figure ?? [])

const secondsSince = (time: number) => (performance.now() - time) / 1000
const durationOf = (seconds: number) => `${Math.floor(seconds / 60)} min ${Math.floor(seconds % 60)} s`

const asked = process.argv.slice(2)
const unknown = asked.find(name => !figures.some(figure => figure.name === name))
if (unknown !== undefined) {
  console.error(`Expected pictures (${figures.map(({ name }) => name).join(', ')}), got '${unknown}'.`)
  process.exitCode = 2
} else {
  mkdirSync(folder, { recursive: true })
  const chosen = figures.filter(({ name }) => asked.length === 0 || asked.includes(name))
  const started = performance.now()
  for (const [n, figure] of chosen.entries()) {
    const warning = figure.seconds ? ` (about ${figure.seconds} s)` : ''
    process.stdout.write(`${n + 1} of ${chosen.length}: docs/gallery/${figure.name}.svg${warning} … `)
    const begun = performance.now()
    writeFileSync(`${folder}${figure.name}.svg`, await svgOf(figure))
    console.log(`${secondsSince(begun).toFixed(1)} s`)
  }
  if (chosen.length > 1) console.log(`${chosen.length} pictures in ${durationOf(secondsSince(started))}`)
}
