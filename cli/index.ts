#!/usr/bin/env node
/** The table of commands, and the only place that ends the process. */
import { readFileSync } from 'node:fs'
import { Command, CommanderError } from 'commander'
import { denoise, runDenoise } from './commands/denoise.ts'
import { learn, runLearn } from './commands/learn.ts'
import { runScore, score } from './commands/score.ts'

// biome-ignore lint/suspicious/noExplicitAny: commander gives flags as it parsed them; each command names their types
type Run = (file: string | undefined, flags: any) => Promise<number>

const commands: readonly { name: string; describe: (command: Command) => Command; run: Run }[] = [
  { name: 'score', describe: score, run: runScore },
  { name: 'learn', describe: learn, run: runLearn },
  { name: 'denoise', describe: denoise, run: runDenoise },
]

/** The version of the package, which lies one folder up from the sources and two from what is compiled. */
function version(): string {
  for (const path of ['../package.json', '../../package.json']) {
    try {
      return JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8')).version
    } catch {}
  }
  return 'unknown'
}

const program = new Command('veto')
  .description('Finds the records in a stream that do not belong, and says why.')
  .version(version())
  .exitOverride()
  .showHelpAfterError('(veto --help shows all flags)')

let exitCode = 0
for (const { name, describe, run } of commands) {
  describe(program.command(name)).action(async (file: string | undefined, flags: unknown) => {
    exitCode = await run(file, flags)
  })
}

/** The exit code that an error asks for; errors that are nobody's fault but ours are shown whole. */
function codeOf(error: unknown): number {
  // commander has already printed its own.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
  if (error instanceof Error && 'exitCode' in error) {
    console.error(`veto: ${error.message}`)
    return Number(error.exitCode)
  }
  console.error(error)
  return 70
}

try {
  await program.parseAsync()
} catch (error) {
  exitCode = codeOf(error)
}
// Standard input may still be open after a signal or a reader that has gone.
process.stdout.write('', () => process.exit(exitCode))
