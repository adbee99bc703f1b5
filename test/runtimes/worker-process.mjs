/**
 * A process with the Worker of examples/worker/ in workerd, to be killed by who started it:
 *   node worker-process.mjs SCRIPT STORAGE
 * Says its address on a line of standard output. SIGTERM ends it in order.
 */
import { dirname } from 'node:path'
import { Miniflare } from 'miniflare'

const [scriptPath, durableObjectsPersist] = process.argv.slice(2)
const miniflare = new Miniflare({
  modules: true,
  scriptPath,
  modulesRoot: dirname(scriptPath),
  modulesRules: [{ type: 'CompiledWasm', include: ['**/*.wasm'] }],
  compatibilityDate: '2025-06-01',
  durableObjects: { DETECTORS: { className: 'DetectorObject', useSQLite: true } },
  durableObjectsPersist,
})
process.on('SIGTERM', async () => {
  await miniflare.dispose()
  process.exit(0)
})
console.log(String(await miniflare.ready))
