/** Engines and policies that Veto cannot run under say so in words that name the remedy. */
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { EdgeRuntime } from 'edge-runtime'
import { Miniflare } from 'miniflare'
import { chromium as engine } from 'playwright-core'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { serve } from './hosts/pages.ts'
import { bundle, chromium, chromiumFlags, emptyFolder, installPackage, nodeOf, run } from './parts.ts'

const folder = emptyFolder('refusals')
installPackage(folder)
test.after(() => rmSync(folder, { recursive: true }))

/** A program that says what the first use of a kernel throws; bundled without any condition, as kernels are embedded. */
async function program(ending: string, format: 'esm' | 'iife' = 'esm'): Promise<string> {
  const contents = `import { prototype } from 'veto/core'
  const refusal = () => {
    try {
      prototype.create([{ kind: 'real', size: 2 }])
      return 'nothing was thrown'
    } catch (error) {
      return error.name + ': ' + error.message
    }
  }
  ${ending}`
  const { outputFiles } = await bundle({ stdin: { contents, resolveDir: folder }, format, write: false })
  return outputFiles![0].text
}

const mayNotCompile =
  /^Error: Expected a runtime that may compile WebAssembly, .*'workerd'.*'edge-light'.*kernels.*'wasm-unsafe-eval'/

test('an engine without SIMD: which ones have it', async () => {
  // Without SSSE3 and SSE 4.1, V8 on x86-64 has none; on other processors there is no such switch.
  const switches = process.arch === 'x64' ? ['--no-enable-ssse3', '--no-enable-sse4-1'] : []
  const stub =
    process.arch === 'x64'
      ? ''
      : 'WebAssembly.validate = () => false; WebAssembly.Module = class { constructor() { throw new Error("no SIMD") } };'
  const file = join(folder, 'node.mjs')
  writeFileSync(file, `${stub}${await program('console.log(refusal())')}`)
  for (const major of [20, 24] as const)
    assert.match(
      run(nodeOf(major), [...switches, file], folder),
      /^Error: Expected an engine with WebAssembly SIMD \(128 bit\), .*Node 16\.4/,
    )
})

test('workerd with embedded kernels: the condition that the bundler needs', async () => {
  const script = await program('export default { fetch: () => new Response(refusal()) }')
  const runtime = new Miniflare({ modules: true, script, compatibilityDate: '2026-04-01' })
  const response = await runtime.dispatchFetch('http://worker/')
  assert.match(await response.text(), mayNotCompile)
  await runtime.dispose()
})

test('edge functions with embedded kernels: the condition that the bundler needs', async () => {
  const initialCode = await program(
    "addEventListener('fetch', event => event.respondWith(new Response(refusal())))",
    'iife',
  )
  const runtime = new EdgeRuntime({ initialCode, codeGeneration: { strings: false, wasm: false } })
  assert.match(await (await runtime.dispatchFetch('http://edge/')).text(), mayNotCompile)
})

test("a page whose policy lacks 'wasm-unsafe-eval': that it does", async () => {
  const html = '<!doctype html><title>Veto</title><script type="module" src="/page.js"></script>'
  const server = await serve(
    new Map([
      ['/', html],
      ['/page.js', await program('document.title = refusal()')],
    ]),
    "default-src 'none'; script-src 'self'",
  )
  const browser = await engine.launch({ executablePath: chromium(), args: [...chromiumFlags] })
  const page = await browser.newPage()
  await page.goto(server.url)
  assert.match(await page.title(), mayNotCompile)
  await browser.close()
  server.close()
})

test.run()
