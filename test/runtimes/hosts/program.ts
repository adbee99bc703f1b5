/** Node, Deno and Bun: a process for each question, in a folder with the package installed. */
import { spawn } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { emptyFolder, nodeOf, partBinary, run, tarball } from '../parts.ts'
import type { Answer, Question } from '../shared/answer.ts'
import { type Host, writeSuite } from './host.ts'

/** A program, what it is started with, and which file of entries/ it runs. */
interface Program {
  readonly name: string
  readonly path: () => string
  readonly args: (folder: string) => readonly string[]
  readonly entry: 'node' | 'deno'
  /** A package manager of its own; otherwise npm's. */
  readonly install?: (folder: string) => void
}

const node = (major: 20 | 22 | 24): Program => ({
  name: `Node ${major}`,
  path: () => nodeOf(major),
  args: () => [],
  entry: 'node',
})

export const programs: readonly Program[] = [
  node(20),
  node(22),
  node(24),
  {
    name: 'Deno',
    path: () => partBinary('deno'),
    // The least that lets a program read its own files: with anything more asked for, it would end.
    args: folder => [
      'run',
      '--no-prompt',
      '--no-remote',
      '--node-modules-dir=manual',
      `--allow-read=${folder}`,
    ],
    entry: 'deno',
  },
  {
    name: 'Bun',
    path: () => partBinary('bun'),
    args: () => ['run'],
    entry: 'node',
    install: folder => run(partBinary('bun'), ['add', '--silent', tarball()], folder),
  },
]

/** Start a program, give it `input`, and read what it prints. */
function converse(path: string, args: readonly string[], folder: string, input: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(path, args, { cwd: folder, stdio: 'pipe' })
    let output = ''
    let errors = ''
    child.stdout.on('data', text => {
      output += text
    })
    child.stderr.on('data', text => {
      errors += text
    })
    child.on('error', reject)
    child.on('close', code =>
      code === 0 ? resolve(output) : reject(new Error(`${path} ended with ${code}:\n${errors}`)),
    )
    child.stdin.end(input)
  })
}

/** A folder of its own, in which a program's package manager has installed the package. */
function installedBy(install: (folder: string) => void): string {
  const folder = emptyFolder('own')
  writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }\n')
  install(folder)
  return folder
}

/** `installed`: a folder in which npm has installed the package. */
export async function startProgram(program: Program, installed: string): Promise<Host> {
  const { name, path, args, entry, install } = program
  const folder = install ? installedBy(install) : installed
  const file = await writeSuite(folder, entry)
  return {
    name,
    ask: async (question: Question) =>
      JSON.parse(await converse(path(), [...args(folder), file], folder, JSON.stringify(question))) as Answer,
    stop: async () => {
      if (install) rmSync(folder, { recursive: true })
    },
  }
}
