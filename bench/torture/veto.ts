/** The command line under test, as it is built, in processes of its own. */
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../', import.meta.url))

/** How a process ended, and what it said on standard error. */
export interface Ending {
  /** The exit code; null when a signal killed it. */
  readonly code: number | null
  readonly messages: string
}

export interface Running {
  readonly child: ChildProcess
  readonly ending: Promise<Ending>
}

/** A folder for everything, and in it a copy of the program: building anew meanwhile must not change what is tested. */
export class Workshop {
  readonly folder = mkdtempSync(join(tmpdir(), 'veto-torture-'))
  readonly program = join(this.folder, 'program/dist/cli/index.js')

  constructor() {
    for (const part of ['dist', 'package.json'])
      cpSync(join(root, part), join(this.folder, 'program', part), { recursive: true })
    symlinkSync(join(root, 'node_modules'), join(this.folder, 'program/node_modules'))
  }

  path(...parts: string[]): string {
    return join(this.folder, ...parts)
  }

  /** Start `veto` with these arguments. */
  start(args: readonly string[], options: SpawnOptions = {}): Running {
    const child = spawn(process.execPath, [this.program, ...args], {
      stdio: ['ignore', 'ignore', 'pipe'],
      ...options,
      env: { ...process.env, NODE_OPTIONS: '', NO_COLOR: '1' },
    })
    let messages = ''
    child.stderr?.setEncoding('utf8').on('data', text => {
      messages += text
    })
    const ending = new Promise<Ending>((resolve, reject) => {
      child.on('error', reject)
      child.on('close', code => resolve({ code, messages }))
    })
    return { child, ending }
  }

  /** Run `veto` to its end. */
  run(args: readonly string[]): Promise<Ending> {
    return this.start(args).ending
  }

  clear(): void {
    rmSync(this.folder, { recursive: true, force: true })
  }
}

/** The ending of a run that must not fail. @throws Error with what it said when it did */
export async function done(ending: Promise<Ending>, what: string): Promise<Ending> {
  const { code, messages } = await ending
  if (code !== 0) throw new Error(`expected ${what} to end with 0, got ${code}: ${lastWords(messages)}`)
  return { code, messages }
}

/** The end of what was said, where errors stand. */
export const lastWords = (messages: string) => messages.trim().split('\n').slice(-3).join(' | ').slice(-600)
