/** veto learn: learn from every record and write the model; nothing on standard output. */
import type { Command } from 'commander'
import { UsageError } from '../io/errors.ts'
import { addCommonFlags, type CommonFlags } from '../options.ts'
import { runSession } from '../session.ts'

export function learn(command: Command): Command {
  return addCommonFlags(command)
    .description('learn only and write the model')
    .addHelpText(
      'after',
      '\n  veto learn --model app.veto yesterday.ndjson\n  veto score --model app.veto --freeze today.ndjson',
    )
}

export async function runLearn(file: string | undefined, flags: CommonFlags): Promise<number> {
  if (flags.model === undefined)
    throw new UsageError('Expected a file for the model, got none; add --model FILE.')
  return runSession({
    flags,
    file,
    saves: true,
    sink: undefined,
    begin: ({ detector }) => ({
      handle(input) {
        detector.learnOne(input.record)
        return ''
      },
    }),
  })
}
