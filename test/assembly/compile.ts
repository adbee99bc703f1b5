import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { instantiateSync } from '@assemblyscript/loader'
import type { Kernels } from '../../pipeline/experts/product.ts'
import { relaxed } from '../../pipeline/relaxed.ts'

const root = new URL('../../', import.meta.url).pathname
const compiler = join(root, 'node_modules/assemblyscript/bin/asc.js')

export type Target = 'plain' | 'relaxed'

// The smallest module with f32x4.relaxed_madd: (v128, v128, v128) -> v128.
const relaxedProbe = Uint8Array.from([
  ...[0, 97, 115, 109, 1, 0, 0, 0, 1, 8, 1, 96, 3, 123, 123, 123, 1, 123, 3, 2, 1, 0],
  ...[10, 13, 1, 11, 0, 32, 0, 32, 1, 32, 2, 253, 133, 2, 11],
])

/** The targets that this engine runs. Node 20 has relaxed SIMD behind a flag, which can be set while it runs. */
export function targets(): Target[] {
  if (!WebAssembly.validate(relaxedProbe)) setFlagsFromString('--experimental-wasm-relaxed-simd')
  return WebAssembly.validate(relaxedProbe) ? ['plain', 'relaxed'] : ['plain']
}

/** The kernels of a target, as products take them. */
export const kernelsFor = (target: Target): Kernels => (target === 'relaxed' ? relaxed : {})

/** What has been compiled in this process. */
const compiled = new Map<string, WebAssembly.Module>()

/** The compiler, in a process that loads it as it is: the loader of the tests would translate its megabytes first. */
function moduleOf(entry: string, target: Target, extra: readonly string[]): WebAssembly.Module {
  const folder = mkdtempSync(join(tmpdir(), 'veto-compile-'))
  const file = join(folder, 'out.wasm')
  const flags = ['--config', 'asconfig.json', '--target', target, '--outFile', file, ...extra]
  const { status, stderr } = spawnSync(process.execPath, [compiler, entry, ...flags], { cwd: root })
  if (status !== 0) throw new Error(`${entry} (${target}): ${stderr}`)
  const module = new WebAssembly.Module(readFileSync(file))
  rmSync(folder, { recursive: true })
  return module
}

/** Compile an AssemblyScript file with the project's flags, once, and instantiate it anew. */
export async function compile<Exports>(
  entry: string,
  target: Target = 'plain',
  extra: readonly string[] = [],
): Promise<Exports & { memory: WebAssembly.Memory }> {
  const key = [entry, target, ...extra].join(' ')
  const module = compiled.get(key) ?? moduleOf(entry, target, extra)
  compiled.set(key, module)
  return instantiateSync(module).instance.exports as unknown as Exports & { memory: WebAssembly.Memory }
}
