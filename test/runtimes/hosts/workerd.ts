/** workerd, the runtime of Cloudflare's Workers, in miniflare: bundled as the documentation says. */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { Miniflare } from 'miniflare'
import { bundle, emptyFolder } from '../parts.ts'
import type { Answer, Question } from '../shared/answer.ts'
import { type Host, writeSuite } from './host.ts'

export async function startWorkerd(installed: string): Promise<Host> {
  const folder = emptyFolder('workerd')
  await bundle({
    entryPoints: [await writeSuite(installed, 'fetch')],
    outdir: folder,
    conditions: ['workerd'],
    loader: { '.wasm': 'copy' },
  })
  const runtime = new Miniflare({
    modules: true,
    modulesRoot: folder,
    modulesRules: [{ type: 'CompiledWasm', include: ['**/*.wasm'] }],
    scriptPath: join(folder, 'fetch.js'),
    compatibilityDate: '2026-04-01',
  })
  await runtime.ready
  return {
    name: 'workerd',
    ask: async (question: Question) => {
      const response = await runtime.dispatchFetch('http://worker/', {
        method: 'POST',
        body: JSON.stringify(question),
      })
      if (!response.ok) throw new Error(`The worker answered ${response.status}: ${await response.text()}`)
      return (await response.json()) as Answer
    },
    stop: async () => {
      await runtime.dispose()
      rmSync(folder, { recursive: true })
    },
  }
}
