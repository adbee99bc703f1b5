// Compiles assembly/experts/<family>.ts to two binaries, plain and relaxed SIMD, and writes
// pipeline/binaries/<family>.ts, which embeds both as base64 so that no runtime has to find a file.
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { root } from './install.mjs'

const sources = `${root}assembly/`
const binaries = `${root}build/kernels/`
const modules = `${root}pipeline/binaries/`

/** The newest change below a folder, in milliseconds since 1970; 0 when the path does not exist. */
export function newest(path) {
  const entry = statSync(path, { throwIfNoEntry: false })
  if (!entry) return 0
  if (!entry.isDirectory()) return entry.mtimeMs
  return Math.max(entry.mtimeMs, ...readdirSync(path).map(name => newest(`${path}/${name}`)))
}

async function compile(family, target, outFile) {
  const asc = await import('assemblyscript/asc')
  const { error, stderr } = await asc.main([
    `assembly/experts/${family}.ts`,
    ...['--config', 'asconfig.json', '--target', target, '--baseDir', root, '--outFile', outFile],
  ])
  if (error) throw new Error(`assembly/experts/${family}.ts (${target}): ${error.message}\n${stderr}`)
}

export async function buildKernels() {
  const families = readdirSync(`${sources}experts`).map(file => file.replace(/\.ts$/, ''))
  const changed = Math.max(newest(sources), newest(`${root}asconfig.json`))
  const stale = families.filter(family => newest(`${modules}${family}.ts`) < changed)
  if (stale.length === 0) return
  mkdirSync(binaries, { recursive: true })
  mkdirSync(modules, { recursive: true })
  for (const family of stale) {
    const encoded = {}
    for (const [target, suffix] of [
      ['plain', ''],
      ['relaxed', '.relaxed'],
    ]) {
      const outFile = `${binaries}${family}${suffix}.wasm`
      await compile(family, target, outFile)
      encoded[target] = readFileSync(outFile).toString('base64')
    }
    const lines = Object.entries(encoded).map(
      ([target, base64]) => `export const ${target} =\n  '${base64}'\n`,
    )
    writeFileSync(
      `${modules}${family}.ts`,
      `// Generated from assembly/experts/${family}.ts by npm run build.\n${lines.join('')}`,
    )
  }
}
