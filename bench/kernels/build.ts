/** Programs that the benchmark compiles for itself, into build/bench/. */
import { spawnSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../', import.meta.url))
const folder = `${root}build/bench/`

/** A C program of bench/peers; its path, or why there is none. */
export function compileC(name: string, output: string, flags: readonly string[]): string | Error {
  mkdirSync(folder, { recursive: true })
  const args = ['-O3', '-o', folder + output, `${root}bench/peers/${name}.c`, ...flags, '-lm']
  const { status, stderr, error } = spawnSync('gcc', args, { encoding: 'utf8' })
  if (status === 0) return folder + output
  return error ?? new Error(stderr.trim().split('\n')[0])
}

/** An AssemblyScript module of this folder for the relaxed target; its path. */
export async function compileModule(name: string): Promise<string> {
  mkdirSync(folder, { recursive: true })
  const [source, outFile] = [`bench/kernels/assembly/${name}.ts`, `${folder}${name}.wasm`]
  const args = ['--config', 'asconfig.json', '--target', 'relaxed', '--baseDir', root]
  // Loading the compiler takes longer than everything else here, and few need it.
  const { main } = await import('assemblyscript/asc')
  const { error, stderr } = await main([source, ...args, '--outFile', outFile])
  if (error) throw new Error(`${source}: ${error.message}\n${stderr}`)
  return outFile
}
