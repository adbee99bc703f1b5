/** Rivals that run in processes of their own: peers/README.md has the protocol. */
import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Contestant, Problem } from './contestants.ts'

const peers = fileURLToPath(new URL('peers/', import.meta.url))
const build = fileURLToPath(new URL('../build/bench/', import.meta.url))

// One thread, as for everyone else.
const env = { ...process.env, OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1' }

function peer(name: string, comparable: boolean, program: string, before: readonly string[]): Contestant {
  const folder = mkdtempSync(join(tmpdir(), 'veto-bench-'))
  const file = join(folder, 'machine')
  let child: ReturnType<typeof start> | undefined
  let problem: Problem | undefined

  function start({ width, hidden, rows }: Problem) {
    const sizes = [width, hidden, rows.length / width].map(String)
    const running = spawn(program, [...before, ...sizes], { env, stdio: ['pipe', 'pipe', 'inherit'] })
    const lines = createInterface({ input: running.stdout })[Symbol.asyncIterator]()
    return { running, lines }
  }
  const ask = async (command: string) => {
    child!.running.stdin.write(`${command}\n`)
    const { value, done } = await child!.lines.next()
    if (done) throw new Error(`Expected an answer of ${name} to '${command}', but it ended.`)
    return value
  }
  return {
    name,
    comparable,
    async load(given) {
      if (problem !== given) {
        child?.running.stdin.end()
        child = start(given)
        const parts = [given.w, given.b, given.c, given.rows]
        writeFileSync(
          file,
          Buffer.concat(parts.map(part => Buffer.from(part.buffer, part.byteOffset, part.byteLength))),
        )
      }
      problem = given
      await ask(`load ${file}`)
    },
    learn: async (count, rate) => Number(await ask(`learn ${count} ${rate}`)),
    async parameters() {
      const { width, hidden } = problem!
      await ask(`save ${file}.out`)
      const values = new Float32Array(Uint8Array.from(readFileSync(`${file}.out`)).buffer)
      const [endOfW, endOfB] = [hidden * width, (hidden + 1) * width]
      return { w: values.slice(0, endOfW), b: values.slice(endOfW, endOfB), c: values.slice(endOfB) }
    },
    close() {
      child?.running.stdin.end()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Four passes of BLAS, compiled here; undefined, with the reason on stderr, where there is no compiler or no OpenBLAS. */
export function openblas(): Contestant | undefined {
  mkdirSync(build, { recursive: true })
  const flags = ['-O3', '-march=native', '-ffast-math', '-o', `${build}openblas`]
  const { status, stderr, error } = spawnSync('gcc', [...flags, `${peers}openblas.c`, '-lopenblas', '-lm'])
  if (status === 0) return peer('four-pass C, OpenBLAS', true, `${build}openblas`, [])
  console.error(`without OpenBLAS: ${error?.message ?? String(stderr).trim().split('\n')[0]}`)
  return undefined
}

/** scikit-learn; its update is persistent CD with sampled visible units, so only its time is compared. */
export function scikit(python: string): Contestant | undefined {
  const { status, stderr, error } = spawnSync(python, ['-c', 'import sklearn.neural_network'])
  if (status === 0) return peer('scikit-learn partial_fit', false, python, [`${peers}sklearn_rbm.py`])
  console.error(`without scikit-learn: ${error?.message ?? String(stderr).trim().split('\n').at(-1)}`)
  return undefined
}
