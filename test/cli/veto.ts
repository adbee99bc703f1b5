/** Runs the command line in a process of its own, as a user does. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../..', import.meta.url))

/** The newest change below a folder, in milliseconds since 1970. */
function newest(folder: string): number {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  return Math.max(...names.map(name => statSync(`${folder}/${name}`).mtimeMs))
}

/** What Node has to run: the compiled command line when it is up to date, its sources otherwise. */
function entry(): string[] {
  const built = `${root}dist/cli/index.js`
  const sources = Math.max(newest(`${root}cli`), newest(`${root}pipeline`))
  const fresh = existsSync(built) && statSync(built).mtimeMs >= sources
  return fresh ? [built] : ['--import', import.meta.resolve('tsx'), `${root}cli/index.ts`]
}

/** Program and arguments of a command line, for `spawn` and for shells. */
export const program: readonly string[] = [process.execPath, ...entry()]

/** Start `veto` and leave its streams to the caller. `nodeOptions` stand before the program. */
export const start = (
  args: readonly string[],
  nodeOptions: readonly string[] = [],
): ChildProcessWithoutNullStreams =>
  spawn(program[0], [...nodeOptions, ...program.slice(1), ...args], {
    cwd: root,
    env: { ...process.env, NODE_OPTIONS: '', NO_COLOR: '' },
  })

/** A shell, with the command line as `"$@"`. */
export const shell = (command: string) =>
  spawn('bash', ['-c', command, 'bash', ...program], { cwd: root, env: { ...process.env, NODE_OPTIONS: '' } })

export interface Outcome {
  readonly code: number | null
  readonly out: string
  readonly messages: string
}

/** Wait for the end of a process and collect what it writes. */
export async function outcomeOf(child: ChildProcessWithoutNullStreams): Promise<Outcome> {
  const ended = new Promise<number | null>(resolve => {
    child.on('close', code => resolve(code))
  })
  const [code, out, messages] = await Promise.all([ended, text(child.stdout), text(child.stderr)])
  return { code, out, messages }
}

/** Run `veto` with this on its standard input, to its end. */
export async function veto(args: readonly string[], input: string | Uint8Array = ''): Promise<Outcome> {
  const child = start(args)
  // A command that refuses its options does not read what it is given.
  child.stdin.on('error', () => {})
  child.stdin.end(input)
  return outcomeOf(child)
}
