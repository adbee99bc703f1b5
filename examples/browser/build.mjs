// Writes dist/: the page, its worker, its style and a sample, all of them static files.
//   node build.mjs          once
//   node build.mjs --serve  and serves them at http://localhost:8000, anew after every change
import { cpSync, mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { context } from 'esbuild'

const here = fileURLToPath(new URL('.', import.meta.url))
const out = `${here}dist`

mkdirSync(out, { recursive: true })
for (const file of ['index.html', 'icon.svg']) cpSync(here + file, `${out}/${file}`)
cpSync(fileURLToPath(new URL('../../fixtures/requests.ndjson', import.meta.url)), `${out}/requests.ndjson`)

const building = await context({
  absWorkingDir: here,
  entryPoints: ['page.ts', 'worker.ts', 'style.css'],
  outdir: out,
  bundle: true,
  format: 'esm',
  target: 'es2023',
  minify: true,
  sourcemap: true,
  logLevel: 'info',
})

if (process.argv.includes('--serve')) {
  await building.serve({ servedir: out, host: '127.0.0.1', port: 8000 })
} else {
  await building.rebuild()
  await building.dispose()
}
