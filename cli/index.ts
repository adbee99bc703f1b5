#!/usr/bin/env node
/** The table of commands, and the only place that ends the process. */
import { createRequire } from 'node:module'
import { Command, CommanderError } from 'commander'
import { denoise, denoiseCommand } from './commands/denoise.ts'
import { evalCommand, evaluate } from './commands/eval.ts'
import { features, featuresCommand } from './commands/features.ts'
import { inspect, inspectCommand } from './commands/inspect.ts'
import { learn, learnCommand } from './commands/learn.ts'
import { sample, sampleCommand } from './commands/sample.ts'
import { score, scoreCommand } from './commands/score.ts'
import { takeSettings } from './config.ts'
import { CommandError, exitCodes } from './errors.ts'
import { visible } from './io/terminal.ts'
import type { Surroundings } from './surroundings.ts'

// biome-ignore lint/suspicious/noExplicitAny: commander hands over the file or files and the flags that each command has declared
type Action = (input: any, flags: any, surroundings: Surroundings, second?: string) => Promise<number>

const commands: readonly { name: string; declare(command: Command): Command; action: Action }[] = [
  { name: 'score', declare: scoreCommand, action: score },
  { name: 'learn', declare: learnCommand, action: learn },
  { name: 'denoise', declare: denoiseCommand, action: denoise },
  { name: 'eval', declare: evalCommand, action: evaluate },
  { name: 'features', declare: featuresCommand, action: features },
  { name: 'sample', declare: sampleCommand, action: sample },
  { name: 'inspect', declare: inspectCommand, action: inspect },
]

const { version } = createRequire(import.meta.url)('veto/package.json') as { version: string }

const details = `
Every flag of a command can also stand in the environment (--max-line as VETO_MAX_LINE) or in a file of JSON that
--config names ({"max-line": "4M"}); the command line counts most, then the environment, then the file.

Exit codes: 0 done, 2 wrong usage, 3 unreadable input (or --strict and a rejected line) or unwritable output,
4 model file missing, damaged or not writable, 130 and 143 ended by a signal, after the model was saved.`

/** Arguments and names of files come back in messages, and in the trace of a fault. */
const visibleLines = (text: string) => text.split('\n').map(visible).join('\n')

let exitCode: number = exitCodes.ok
const program = new Command('veto')
  .description('Find the records in a stream that do not belong, and say why.')
  .version(version)
  .addHelpText('after', details)
  .exitOverride()
  .configureOutput({ outputError: (text, write) => write(visibleLines(text).replace(/^error: /, 'veto: ')) })
  .hook('preAction', (_, command) => takeSettings(command, program.commands, process.env))
for (const { name, declare, action } of commands) {
  const command = declare(program.command(name))
  command.action(async () => {
    const [input, second] = command.processedArgs
    exitCode = await action(input, command.opts(), process, second)
  })
}

/** Says what went wrong, where nobody has said so yet. */
function exitCodeOf(error: unknown): number {
  // Commander has printed what is wrong, or the help or version that was asked for.
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage
  if (error instanceof CommandError) {
    process.stderr.write(`veto: ${visible(error.message)}\n`)
    return error.exitCode
  }
  const trace = error instanceof Error ? error.stack : String(error)
  process.stderr.write(`veto: a fault of Veto itself, please report it:\n${visibleLines(String(trace))}\n`)
  return exitCodes.internal
}

try {
  await program.parseAsync()
} catch (error) {
  exitCode = exitCodeOf(error)
}
// Standard input may still be open: after a signal, or when the reader of the output has gone.
process.exit(exitCode)
