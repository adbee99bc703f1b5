/**
 * The edge functions of Vercel: edge-runtime, which may neither compile WebAssembly nor evaluate text. As Next.js does,
 * the bundler turns an import of `x.wasm?module` into a global variable, and the host puts the compiled module there.
 */
import { readFileSync } from 'node:fs'
import { EdgeRuntime } from 'edge-runtime'
import type { BuildOptions, Plugin } from 'esbuild'
import { bundle } from '../parts.ts'
import type { Answer, Question } from '../shared/answer.ts'
import { type Host, writeSuite } from './host.ts'

/** Collects the files of modules by the name of the variable that stands for them. */
const wasmModules = (files: Map<string, string>): Plugin => ({
  name: 'wasm modules',
  setup({ resolve, onResolve, onLoad }) {
    onResolve({ filter: /\.wasm\?module$/ }, async ({ path, importer, resolveDir, kind }) => {
      const found = await resolve(path.replace('?module', ''), { importer, resolveDir, kind })
      return { path: found.path, errors: found.errors, namespace: 'wasm-module' }
    })
    onLoad({ filter: /.*/, namespace: 'wasm-module' }, ({ path }) => {
      const variable = `wasm_${files.size}`
      files.set(variable, path)
      return { contents: `export default globalThis.${variable}` }
    })
  },
})

/** The modules by variable, compiled where that is allowed. */
const compiledModules = (files: ReadonlyMap<string, string>): Record<string, WebAssembly.Module> =>
  Object.fromEntries(
    [...files].map(([variable, file]) => [variable, new WebAssembly.Module(readFileSync(file))]),
  )

/** A program, bundled as such hosts do it, in a runtime where nothing may be compiled or evaluated. */
export async function edgeRuntimeOf(
  program: Pick<BuildOptions, 'entryPoints' | 'stdin'>,
): Promise<EdgeRuntime> {
  const files = new Map<string, string>()
  const { outputFiles } = await bundle({
    ...program,
    format: 'iife',
    conditions: ['edge-light'],
    plugins: [wasmModules(files)],
    write: false,
  })
  return new EdgeRuntime({
    codeGeneration: { strings: false, wasm: false },
    extend: context => Object.assign(context, compiledModules(files)),
    initialCode: outputFiles![0].text,
  })
}

export async function startEdge(installed: string): Promise<Host> {
  const runtime = await edgeRuntimeOf({ entryPoints: [await writeSuite(installed, 'event')] })
  return {
    name: 'edge-runtime',
    ask: async (question: Question) => {
      const response = await runtime.dispatchFetch('http://edge/', {
        method: 'POST',
        body: JSON.stringify(question),
      })
      if (!response.ok) throw new Error(`The function answered ${response.status}: ${await response.text()}`)
      return (await response.json()) as Answer
    },
    stop: async () => {},
  }
}
