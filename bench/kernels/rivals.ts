/** Rivals that run in processes of their own, where they are installed: bench/peers/README.md has the protocol. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { compileC } from './build.ts'
import type { Problem } from './problem.ts'
import type { Rival } from './rival.ts'
import { Talk } from './talk.ts'

const peers = fileURLToPath(new URL('../peers/', import.meta.url))

type About = Pick<Rival, 'name' | 'version' | 'comparable'>

function inProcess(about: About, program: string, before: readonly string[] = []): Rival {
  const folder = mkdtempSync(join(tmpdir(), 'veto-bench-'))
  const file = join(folder, 'machine')
  let talk: Talk | undefined
  let problem: Problem | undefined
  return {
    ...about,
    async load(given) {
      const { width, hidden, rows, w, b, c } = given
      talk?.end()
      talk = new Talk(about.name, program, [...before, ...[width, hidden, rows.length / width].map(String)])
      problem = given
      const parts = [w, b, c, rows].map(part => Buffer.from(part.buffer, part.byteOffset, part.byteLength))
      writeFileSync(file, Buffer.concat(parts))
      await talk.ask(`load ${file}`)
    },
    learn: async (count, rate) => Number(await talk!.ask(`learn ${count} ${rate}`)),
    async parameters() {
      const { width, hidden } = problem!
      await talk!.ask(`save ${file}.out`)
      const values = new Float32Array(Uint8Array.from(readFileSync(`${file}.out`)).buffer)
      const [endOfW, endOfB] = [hidden * width, (hidden + 1) * width]
      return { w: values.slice(0, endOfW), b: values.slice(endOfW, endOfB), c: values.slice(endOfB) }
    },
    close() {
      talk?.end()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** A way to take part: the rival, or why it cannot and what to install. */
interface Entry {
  readonly name: string
  readonly remedy: string
  enter(pythons: readonly string[]): Rival | Error
}

/** The last line that a program has said, as an error; undefined when it went well. */
function said({ status, stdout, stderr, error }: ReturnType<typeof spawnSync>): string | Error {
  if (status === 0) return String(stdout).trim()
  return error ?? new Error(String(stderr).trim().split('\n').at(-1))
}

// onepass.c rounds by adding and subtracting, which fast mathematics would leave out.
const FAST = ['-ffast-math', '-lopenblas']
const WIDE = ['-DWIDE']

/** C of this folder, compiled here. */
function native(name: string, source: string, flags: readonly string[]): Rival | Error {
  const program = compileC(source, name, ['-march=native', ...flags])
  if (program instanceof Error) return program
  const compiler = said(spawnSync('gcc', ['-dumpfullversion']))
  return inProcess({ name, version: `gcc ${compiler}`, comparable: true }, program)
}

/** A Python script of this folder, run by the first Python that has the module it needs. */
function scripted(
  pythons: readonly string[],
  name: string,
  module: string,
  script: string,
  comparable: boolean,
): Rival | Error {
  let why = new Error('no Python')
  for (const python of pythons) {
    const version = said(spawnSync(python, ['-c', `import ${module}; print(${module}.__version__)`]))
    if (!(version instanceof Error))
      return inProcess({ name, version, comparable }, python, [`${peers}${script}.py`])
    why = version
  }
  return why
}

/** TensorFlow.js, installed in its own folder. */
function tfjs(): Rival | Error {
  const file = `${peers}node_modules/@tensorflow/tfjs-backend-wasm/package.json`
  if (!existsSync(file)) return new Error('@tensorflow/tfjs-backend-wasm is not there')
  const { version } = JSON.parse(readFileSync(file, 'utf8')) as { version: string }
  return inProcess({ name: 'tfjs', version, comparable: true }, process.execPath, [`${peers}tfjs_rbm.mjs`])
}

const compiler = 'gcc'
const python = 'or pip install -r bench/peers/requirements.txt'

const entries: readonly Entry[] = [
  {
    name: 'openblas',
    remedy: 'gcc and OpenBLAS (Debian: libopenblas-dev)',
    enter: () => native('openblas', 'openblas', FAST),
  },
  { name: 'native', remedy: compiler, enter: () => native('native', 'onepass', []) },
  { name: 'native-wide', remedy: compiler, enter: () => native('native-wide', 'onepass', WIDE) },
  {
    name: 'sklearn',
    remedy: `scikit-learn (Debian: python3-sklearn, ${python})`,
    enter: pythons => scripted(pythons, 'sklearn', 'sklearn', 'sklearn_rbm', false),
  },
  {
    name: 'numpy',
    remedy: `numpy (Debian: python3-numpy, ${python})`,
    enter: pythons => scripted(pythons, 'numpy', 'numpy', 'numpy_rbm', true),
  },
  {
    name: 'pytorch',
    remedy: `PyTorch (Debian: python3-torch, ${python})`,
    enter: pythons => scripted(pythons, 'pytorch', 'torch', 'torch_rbm', true),
  },
  { name: 'tfjs', remedy: 'npm install --prefix bench/peers', enter: tfjs },
]

/** All rivals that are installed; who is not is named on stderr, with what to install. */
export function rivalsPresent(pythons: readonly string[]): Rival[] {
  return entries.flatMap(({ name, remedy, enter }) => {
    const rival = enter(pythons)
    if (!(rival instanceof Error)) return [rival]
    console.error(`without ${name}: ${rival.message}; needs ${remedy}`)
    return []
  })
}
