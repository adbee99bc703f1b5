/**
 * A log as a service writes it: lines are appended in pieces of any size, also of half a line, and now and then the file
 * is renamed, written on for a moment, and begun anew, or copied and truncated.
 *
 *   node --import tsx bench/torture/appending.ts FROM TO MILLISECONDS ROTATIONS SEED rename|copy
 */
import { spawn } from 'node:child_process'
import {
  closeSync,
  copyFileSync,
  ftruncateSync,
  openSync,
  readFileSync,
  renameSync,
  writeSync,
} from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { uniforms } from '../../fixtures/random.ts'

export interface Pace {
  /** How long it takes in all. */
  readonly milliseconds: number
  readonly rotations: number
  readonly seed: number
  /** How the file is rotated. */
  readonly by: 'rename' | 'copy'
}

export interface Appender {
  /** Resolves when all has been appended. */
  readonly finished: Promise<void>
  stop(): void
}

const REST = 10
const NEWLINE = 10
/** The longest time without a file under the name, in milliseconds. */
const GAP = 40

async function append(from: string, to: string, { milliseconds, rotations, seed, by }: Pace): Promise<void> {
  const bytes = readFileSync(from)
  const uniform = uniforms(seed)
  const mean = (bytes.length * REST) / milliseconds
  const turns = Array.from({ length: rotations }, (_, n) => ((n + 1) * bytes.length) / (rotations + 1))
  let file = openSync(to, 'a')
  let at = 0
  const write = (end: number) => {
    writeSync(file, bytes.subarray(at, end))
    at = end
  }
  const writeLines = () => write(bytes.indexOf(NEWLINE, at + Math.ceil(mean)) + 1 || bytes.length)
  const rotate: Readonly<Record<Pace['by'], (older: string) => Promise<void>>> = {
    async rename(older) {
      renameSync(to, older)
      // Whoever holds the file open writes into it until told of the new name.
      writeLines()
      await sleep(GAP * uniform())
      closeSync(file)
      file = openSync(to, 'a')
    },
    async copy(older) {
      writeLines()
      copyFileSync(to, older)
      ftruncateSync(file, 0)
    },
  }
  while (at < bytes.length) {
    write(Math.min(bytes.length, at + Math.ceil(2 * uniform() * mean)))
    await sleep(2 * uniform() * REST)
    if (turns.length === 0 || at < turns[0]) continue
    turns.shift()
    await rotate[by](`${to}.${rotations - turns.length}`)
  }
  closeSync(file)
}

/** Have a process of its own append one file to another. */
export function startAppending(
  from: string,
  to: string,
  { milliseconds, rotations, seed, by }: Pace,
): Appender {
  const numbers = [milliseconds, rotations, seed].map(String)
  const arguments_ = ['--import', 'tsx', fileURLToPath(import.meta.url), from, to, ...numbers, by]
  const child = spawn(process.execPath, arguments_, { stdio: ['ignore', 'ignore', 'inherit'] })
  const finished = new Promise<void>(resolve => child.on('close', () => resolve()))
  return { finished, stop: () => child.kill() }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [from, to, milliseconds, rotations, seed, by] = process.argv.slice(2)
  await append(from, to, {
    milliseconds: Number(milliseconds),
    rotations: Number(rotations),
    seed: Number(seed),
    by: by === 'copy' ? 'copy' : 'rename',
  })
}
