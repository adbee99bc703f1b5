/** Runs a target in a process of its own and watches it: a true hang or the death of the process is found, too. */
import { type ChildProcess, fork, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Progress } from './fuzzer.ts'
import { unpacked } from './pack.ts'
import type { Finding, Kind } from './target.ts'

const WORKER = fileURLToPath(new URL('./worker.ts', import.meta.url))
/** Milliseconds without a word after which a process hangs: a second for the word, the rest for other processes. */
const SILENCE = 60_000
/** Milliseconds that one input alone may take, the start of its process included. */
const ALONE = 30_000

export interface Limits {
  readonly runs: number
  readonly seconds: number
  readonly seed: number
}

export interface Outcome extends Progress {
  readonly findings: readonly Finding[]
}

interface Word extends Progress {
  readonly findings: readonly { kind: Kind; reason: string; input: string }[]
}

const nothing: Progress = { inputs: 0, corpus: 0, peak: 0 }

/** Fuzz a target until a limit is reached, or until its process is lost. */
export async function watched(
  target: string,
  limits: Limits,
  onWord: (progress: Progress) => void,
): Promise<Outcome> {
  const folder = mkdtempSync(join(tmpdir(), 'veto-fuzz-'))
  const batch = join(folder, 'batch')
  const { seed, runs, seconds } = limits
  const child = fork(WORKER, [target, `${seed}`, batch, `${runs}`, `${seconds}`], {
    execArgv: ['--import', import.meta.resolve('tsx'), '--max-old-space-size=1024'],
  })
  try {
    const { code, word } = await lifeOf(child, onWord)
    const findings: Finding[] = (word?.findings ?? []).map(each => ({
      ...each,
      input: Buffer.from(each.input, 'base64'),
    }))
    if (code !== 0) findings.push(...culprits(target, folder, unpacked(readFileSync(batch)), code))
    const { inputs, corpus, peak } = word ?? nothing
    return { inputs, corpus, peak, findings }
  } finally {
    child.kill('SIGKILL')
    rmSync(folder, { recursive: true })
  }
}

/** What a process says last, and how it ends; it is killed when it says nothing any more. */
function lifeOf(child: ChildProcess, onWord: (progress: Progress) => void) {
  return new Promise<{ code: number | null; word: Word | undefined }>(resolve => {
    let word: Word | undefined
    const silent = () => child.kill('SIGKILL')
    let timer = setTimeout(silent, SILENCE)
    child.on('message', (message: Word) => {
      word = message
      onWord(message)
      clearTimeout(timer)
      timer = setTimeout(silent, SILENCE)
    })
    child.on('close', code => {
      clearTimeout(timer)
      resolve({ code, word })
    })
  })
}

/** Those inputs of a batch, of which the process did not come back, that do the same alone. */
function culprits(target: string, folder: string, batch: readonly Buffer[], code: number | null): Finding[] {
  const findings: Finding[] = []
  const file = join(folder, 'input')
  for (const input of batch) {
    writeFileSync(file, input)
    const { status, stderr } = spawnSync(
      process.execPath,
      ['--import', import.meta.resolve('tsx'), '--max-old-space-size=1024', WORKER, target, '--replay', file],
      { timeout: ALONE, encoding: 'utf8', killSignal: 'SIGKILL' },
    )
    if (status === 0) continue
    findings.push({ kind: status === null ? 'hang' : 'crash', input, reason: stderr.slice(0, 2000) })
  }
  if (findings.length > 0) return findings
  const reason = `the process ended with ${code}, and no input of its last batch alone ends one`
  return [{ kind: 'crash', input: Buffer.concat(batch), reason }]
}
