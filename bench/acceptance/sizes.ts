/** What a page or a worker has to load: bundles of the package, minified and compressed. npm run test:runtimes installs esbuild. */
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { families } from '../../pipeline/index.ts'
import type { Finding } from './finding.ts'

/** Kilobytes of a thousand bytes. */
const ONE_FAMILY = 25
const EVERYTHING = 60

type Build = (options: object) => Promise<{ outputFiles: { text: string }[] }>

function esbuild(): Build {
  try {
    return createRequire(new URL('../../test/runtimes/package.json', import.meta.url))('esbuild').build
  } catch (cause) {
    throw new Error('Expected esbuild in test/runtimes/; npm run test:runtimes installs it.', { cause })
  }
}

/** Kilobytes of a program of one line, with all it imports but RxJS, minified by esbuild and compressed by gzip. */
async function sizeOf(build: Build, program: string): Promise<number> {
  const { outputFiles } = await build({
    stdin: { contents: program, resolveDir: fileURLToPath(new URL('../..', import.meta.url)) },
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    external: ['rxjs'],
    write: false,
    logLevel: 'silent',
  })
  return gzipSync(outputFiles[0].text, { level: 9 }).length / 1000
}

export async function* sizes(): AsyncGenerator<Finding> {
  const build = esbuild()
  const finding = async (what: string, program: string, goal: number): Promise<Finding> => ({
    what: `${what}: kB, minified and gzipped`,
    figure: await sizeOf(build, program),
    goal,
    bound: 'most',
  })
  for (const { name } of families)
    yield finding(`veto/core, products of ${name}`, `export { ${name} } from 'veto/core'`, ONE_FAMILY)
  for (const { name } of families)
    yield finding(
      `veto/core, Detector and ${name}`,
      `export { Detector, ${name} } from 'veto/core'`,
      ONE_FAMILY,
    )
  yield finding('veto, Detector with all families', "export { Detector } from 'veto'", EVERYTHING)
  yield finding('veto, everything without rxjs', "export * from 'veto'", EVERYTHING)
}
