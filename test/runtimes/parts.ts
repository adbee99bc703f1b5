/**
 * What the suites of this folder share: the packed tarball, folders it is installed in, bundles of it, and the runtimes.
 * A runtime that is missing is an error that says how to get it: nothing is skipped.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type BuildOptions, type BuildResult, build } from 'esbuild'

/** The repository, with a slash at its end. */
export const root = fileURLToPath(new URL('../..', import.meta.url))
const parts = `${root}test/runtimes/node_modules/`

/** Run a program to its end; what it printed. Throws, with all of its output, when it fails. */
export function run(program: string, args: readonly string[], folder = root, input = ''): string {
  const options = { cwd: folder, input, encoding: 'utf8', maxBuffer: 1 << 28 } as const
  const { status, error, stdout, stderr } = spawnSync(program, args, options)
  if (error) throw error
  if (status !== 0)
    throw new Error(`${program} ${args.join(' ')} ended with ${status}:\n${stdout}\n${stderr}`)
  return stdout
}

/** A new folder outside of the repository, so that nothing is found there by walking up. */
export const emptyFolder = (name: string): string => mkdtempSync(join(tmpdir(), `veto-${name}-`))

/** The path of the packed tarball: the one of this run of npm run test:runtimes, or a new one for a suite on its own. */
export function tarball(): string {
  if (!process.env.VETO_TARBALL) {
    const folder = emptyFolder('tarball')
    run('npm', ['pack', '--silent', `--pack-destination=${folder}`])
    process.env.VETO_TARBALL = join(folder, readdirSync(folder)[0])
  }
  return process.env.VETO_TARBALL
}

/** A folder with a package.json of its own in which the tarball, and `others`, are installed as a user would. */
export function installPackage(folder: string, others: readonly string[] = []): void {
  mkdirSync(folder, { recursive: true })
  const description = join(folder, 'package.json')
  if (!existsSync(description)) writeFileSync(description, '{ "private": true, "type": "module" }\n')
  const flags = ['--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error']
  run('npm', ['install', ...flags, tarball(), ...others], folder)
}

/** esbuild, quietly, into ES modules, with its metafile. */
export function bundle(options: BuildOptions): Promise<BuildResult & { metafile: object }> {
  const defaults: BuildOptions = { bundle: true, format: 'esm', target: 'es2022', logLevel: 'silent' }
  return build({ ...defaults, ...options, metafile: true }) as Promise<BuildResult & { metafile: object }>
}

/** The path of Chromium: CHROMIUM, or one on the path. */
export function chromium(): string {
  const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']
  const folders = (process.env.PATH ?? '').split(delimiter)
  const places = folders.flatMap(folder => names.map(name => join(folder, name)))
  const found = [process.env.CHROMIUM ?? '', ...places].find(place => place && existsSync(place))
  if (found) return found
  throw new Error(
    'Expected Chromium, found none on the path. On Debian: apt-get install chromium; elsewhere set CHROMIUM to its path.',
  )
}

/** What makes Chromium start without a display and leave the network alone. */
export const chromiumFlags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

export type NodeMajor = 20 | 22 | 24
const nodes = new Map<NodeMajor, string>()

/** The path of the newest Node of a major version; npm fetches it on first use. */
export function nodeOf(major: NodeMajor): string {
  const platform = `${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`
  let path = nodes.get(major)
  if (!path) {
    const args = ['exec', '--yes', `--package=node-${platform}@${major}`, '--', 'node']
    const answer = run('npm', [...args, '-p', 'process.version + process.execPath'], tmpdir()).trim()
    path = answer.slice(answer.search(/[\\/]|[A-Z]:/))
    if (!answer.startsWith(`v${major}.`)) throw new Error(`Expected Node ${major} from npm, got ${answer}.`)
    nodes.set(major, path)
  }
  return path
}

/** The path of a program that comes with the parts, such as `deno`. */
export function partBinary(name: 'deno' | 'bun' | 'workerd' | 'esbuild' | 'publint' | 'attw'): string {
  const path = `${parts}.bin/${name}${process.platform === 'win32' ? '.cmd' : ''}`
  if (existsSync(path)) return path
  throw new Error(`Expected ${name} among the parts, found none: run npm install in test/runtimes/.`)
}
