/** What npm gets: its files, its types, what importing it loads, and what a bundler makes of it. */
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { Metafile } from 'esbuild'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { bundle, emptyFolder, installPackage, partBinary, root, run, tarball } from './parts.ts'

const folder = emptyFolder('package')
installPackage(folder)
test.after(() => rmSync(folder, { recursive: true }))

const installed = join(folder, 'node_modules', 'veto')
const files = readdirSync(installed, { recursive: true, encoding: 'utf8' }).filter(file =>
  statSync(join(installed, file)).isFile(),
)

test('the package has what programs need: code, types, kernels and four texts', () => {
  const others = files.filter(file => !/^dist\/(pipeline|cli|kernels)\/.*\.(js|d\.ts|wasm)$/.test(file))
  assert.equal(others.sort(), ['CHANGELOG.md', 'LICENSE', 'README.md', 'package.json'])
  assert.equal(
    files.filter(file => /test|bench|fixture|node_modules/.test(file)),
    [],
  )
})

test('no file names a folder of the machine it was made on', () => {
  const folders = [root, `${homedir()}/`, folder]
  for (const file of files) {
    const text = readFileSync(join(installed, file), 'latin1')
    for (const name of folders) assert.not.ok(text.includes(name), `${file} names ${name}`)
  }
})

test('publint and "are the types wrong" find nothing wrong', () => {
  const published = run(partBinary('publint'), ['run', tarball(), '--strict'])
  assert.match(published, /All good!/)
  // A failure ends them with another code than 0, which throws.
  run(partBinary('attw'), [tarball(), '--profile', 'esm-only', '--no-definitely-typed', '--no-emoji'])
})

const consumer = `
import { firstValueFrom, from, toArray } from 'rxjs'
import { Bank, type DataRecord, Detector, detect, rbm, type Verdict } from 'veto'
import { Detector as Core, prototype, respond, toTransformStream } from 'veto/core'
import { relaxed } from 'veto/relaxed'

const records: DataRecord[] = [{ load: 1, host: 'a' }]
const detector = new Detector({ kernels: relaxed })
const verdict: Verdict = detector.observe(records[0])
const core = new Core({ families: [prototype] })
const loaded: Core = Core.load(core.save(), { families: [prototype], alpha: 0.1 })
export const answers: Promise<(number | null)[]> = firstValueFrom(from(records).pipe(detect(detector), toArray())).then(
  detections => detections.map(({ score, record }) => score ?? Number(record.load)),
)
export const response: Response = respond(core, new Request('http://localhost/', { method: 'POST' }))
export const anomalies = new ReadableStream<DataRecord>().pipeThrough(toTransformStream(loaded))
export const energy: number = rbm.create([{ kind: 'bernoulli', size: 3 }]).freeEnergy(new Float32Array(3))
export const keys: number = new Bank({ key: 'host' }).keys
// @ts-expect-error a score may be null
export const score: number = verdict.score
// @ts-expect-error families are needed here
new Core()
`

const resolutions: [name: string, options: Record<string, unknown>][] = [
  ['nodenext', { module: 'nodenext' }],
  ['bundler', { module: 'esnext', moduleResolution: 'bundler' }],
]
for (const [name, options] of resolutions) {
  test(`a strict program type-checks with module resolution ${name}, declarations of the package included`, () => {
    const own = join(folder, name)
    mkdirSync(own)
    writeFileSync(join(own, 'program.ts'), consumer)
    const compilerOptions = {
      ...{ target: 'es2022', lib: ['es2023', 'dom', 'dom.iterable', 'dom.asynciterable'], types: [] },
      ...{ strict: true, exactOptionalPropertyTypes: true, skipLibCheck: false, noEmit: true },
      ...options,
    }
    writeFileSync(join(own, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['program.ts'] }))
    run(process.execPath, [`${root}node_modules/typescript/bin/tsc`, '-p', own], own)
  })
}

/** The packages and built-in modules whose code Node loads for an import, by name. */
function loadedBy(specifier: string): string[] {
  const hook = join(folder, 'hook.mjs')
  writeFileSync(
    hook,
    `import { writeSync } from 'node:fs'
    export async function load(url, context, next) {
      writeSync(1, url + '\\n')
      return next(url, context)
    }`,
  )
  const program = join(folder, 'program.mjs')
  writeFileSync(
    program,
    `import { register } from 'node:module'
    register('./hook.mjs', import.meta.url)
    await import(${JSON.stringify(specifier)})`,
  )
  const urls = run(process.execPath, [program], folder).trim().split('\n')
  const names = urls.map(
    url => /node_modules\/((?:@[^/]+\/)?[^/]+)\/(?!.*node_modules)/.exec(url)?.[1] ?? url,
  )
  return [...new Set(names)].sort()
}

test('importing loads nothing but what every record needs', () => {
  assert.equal(loadedBy('veto/core'), ['@assemblyscript/loader', 'veto'])
  assert.equal(loadedBy('veto/relaxed'), ['veto'])
  assert.equal(loadedBy('veto'), ['@assemblyscript/loader', 'rxjs', 'veto'])
})

/** A program, bundled and minified: its text, and what of which file is in it. */
async function bundled(program: string, conditions: string[] = []) {
  const { outputFiles, metafile } = await bundle({
    stdin: { contents: program, resolveDir: folder },
    // A script instead of a module: esbuild refuses a top-level await in it.
    format: 'iife',
    minify: true,
    write: false,
    external: ['*.wasm'],
    conditions,
  })
  const [{ inputs }] = Object.values((metafile as Metafile).outputs)
  const used = Object.keys(inputs).filter(file => inputs[file].bytesInOutput > 0)
  const text = outputFiles![0].text
  return { text, used, kilobytes: gzipSync(text, { level: 9 }).length / 1000 }
}

const oneFamily = `import { Detector, prototype } from 'veto/core'
globalThis.detector = new Detector({ families: [prototype] })`

test('veto/core is one script for any engine: no RxJS, no await, import, require or fetch, nothing of Node', async () => {
  const { text, used } = await bundled("export * from 'veto/core'\nexport * from 'veto/relaxed'")
  assert.equal(
    used.filter(file => !/node_modules\/(veto|@assemblyscript\/loader)\//.test(file) && file !== '<stdin>'),
    [],
  )
  for (const word of [/\bimport\s*\(/, /\brequire\b/, /\bfetch\s*\(/, /\bprocess\b/, /\bBuffer\b/, /node:/])
    assert.not.match(text, word)
})

test('everything has no dependency but RxJS, with its own, and the loader, and nothing of Node', async () => {
  const { text, used } = await bundled("export * from 'veto'")
  assert.equal(
    used.filter(
      file => !/node_modules\/(veto|@assemblyscript\/loader|rxjs|tslib)\//.test(file) && file !== '<stdin>',
    ),
    [],
  )
  for (const word of [/\bimport\s*\(/, /\brequire\b/, /\bfetch\s*\(/, /node:/]) assert.not.match(text, word)
})

test('a bundle holds only the families that a program names', async () => {
  const { used } = await bundled(oneFamily)
  const families = readdirSync(join(root, 'assembly/experts')).map(file => file.replace('.ts', ''))
  const named = families.filter(family => used.some(file => file.endsWith(`/experts/${family}.js`)))
  assert.equal(named, ['prototype'])
  const kernels = used.filter(file => file.includes('/dist/kernels/')).map(file => file.replace(/.*\//, ''))
  assert.equal(kernels, ['prototype.js'])
})

test('bundles do not grow unseen: npm run acceptance -- sizes has the figures', async () => {
  const limits: [program: string, kilobytes: number][] = [
    ["import { prototype } from 'veto/core'; globalThis.veto = prototype", 20],
    ["import { Detector, prototype } from 'veto/core'; globalThis.veto = [Detector, prototype]", 46],
    // With what Veto takes of RxJS, some 4 kB, and stacks, classifiers and networks, 16 kB.
    ["import * as veto from 'veto'; globalThis.veto = veto", 215],
  ]
  for (const [program, limit] of limits) {
    const { kilobytes } = await bundled(program)
    assert.ok(kilobytes <= limit, `${program}: ${kilobytes} kB`)
  }
})

test.run()
