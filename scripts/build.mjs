// npm run build: packages, kernels, then dist/ by tsc. Each step is skipped when its output is newer than its sources.
import { rmSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { install, root, run } from './install.mjs'
import { buildKernels, newest } from './kernels.mjs'

export async function build() {
  install()
  await buildKernels()
  const changed = Math.max(
    ...['pipeline', 'cli', 'tsconfig.build.json', 'package.json'].map(path => newest(root + path)),
  )
  if (newest(`${root}dist/cli/index.js`) >= changed) return
  for (const room of ['pipeline', 'cli']) rmSync(`${root}dist/${room}`, { recursive: true, force: true })
  run('npx', ['--no-install', 'tsc', '-p', 'tsconfig.build.json'], { stdio: ['ignore', 2, 2] })
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) await build()
