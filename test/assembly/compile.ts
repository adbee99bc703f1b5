import { readFileSync } from 'node:fs'
import { setFlagsFromString } from 'node:v8'
import { instantiateSync } from '@assemblyscript/loader'
import { main } from 'assemblyscript/asc'
import type { Kernels } from '../../pipeline/experts/product.ts'
import { relaxed } from '../../pipeline/relaxed.ts'

const root = new URL('../../', import.meta.url).pathname

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

/** Compile an AssemblyScript file in memory with the project's flags and instantiate it. */
export async function compile<Exports>(
  entry: string,
  target: Target = 'plain',
  extra: readonly string[] = [],
): Promise<Exports & { memory: WebAssembly.Memory }> {
  let binary: Uint8Array | undefined
  const { error, stderr } = await main(
    [entry, '--config', 'asconfig.json', '--target', target, '--outFile', 'out.wasm', ...extra],
    {
      readFile: (name, base) => {
        try {
          return readFileSync(`${root}${base ?? ''}/${name}`, 'utf8')
        } catch {
          return null // asc asks for every place where an import could be
        }
      },
      writeFile: (name, contents) => {
        if (name.endsWith('.wasm')) binary = contents as Uint8Array
      },
      listFiles: () => null,
    },
  )
  if (error || !binary) throw new Error(`${entry} (${target}): ${error?.message}\n${stderr}`)
  return instantiateSync(binary).instance.exports as unknown as Exports & { memory: WebAssembly.Memory }
}
