/** Whole commands inside the test's own process, on fixtures/requests.ndjson. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import Papa from 'papaparse'
import * as assert from 'uvu/assert'
import { CommandError } from '../../cli/errors.ts'
import type { OutputFlags } from '../../cli/options.ts'
import { Detector } from '../../pipeline/index.ts'
import { fakeProcess } from './surroundings.ts'

export const requests = readFileSync(
  fileURLToPath(new URL('../../fixtures/requests.ndjson', import.meta.url)),
  'utf8',
)
export const lines = requests.trim().split('\n')
export const csvText = `${Papa.unparse(
  lines.map(line => JSON.parse(line)),
  { newline: '\n' },
)}\n`
export const defaults = {
  format: 'auto',
  maxLine: 1 << 20,
  color: true,
  as: 'veto',
  checkpointSeconds: 30,
} as const

/** The model file after learning these lines, by the library alone. */
function modelAfter(texts: readonly string[]): Buffer {
  const detector = new Detector()
  for (const line of texts) detector.learnOne(JSON.parse(line))
  return Buffer.from(detector.save())
}
/** What a model file has learned, without where its stream stands. */
export function learnedIn(path: string): Buffer {
  const detector = Detector.load(readFileSync(path))
  detector.position = undefined
  return Buffer.from(detector.save())
}
/** The model file after learning all lines. */
export const afterAll = modelAfter(lines)

type Command = (
  file: string | undefined,
  flags: OutputFlags,
  surroundings: ReturnType<typeof fakeProcess>,
) => Promise<number>

/** Run a command on this input, to its end. */
export async function outcome(
  command: Command,
  input: string | Uint8Array,
  flags: Partial<OutputFlags> = {},
) {
  const surroundings = fakeProcess(input)
  const code = await command(undefined, { ...defaults, ...flags }, surroundings)
  return { code, out: surroundings.stdout.text, messages: surroundings.stderr.text }
}

export async function failure(running: Promise<unknown>): Promise<CommandError> {
  const error = await running.then(
    () => assert.unreachable('expected a CommandError'),
    error => error,
  )
  if (!(error instanceof CommandError)) throw error
  return error
}
