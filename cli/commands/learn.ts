/** veto learn: a model from a stream of records, which is not written again. */
import type { Command } from 'commander'
import { usageError } from '../errors.ts'
import { type CheckpointFlags, checkpointFlags, keyFlags } from '../options.ts'
import { runSession } from '../session.ts'
import type { Surroundings } from '../surroundings.ts'

const details = `
Writes nothing but the model file: a new one, or the one that is there after learning on.

Examples:
  veto learn --model requests.veto last-week.ndjson
  zcat archive/*.ndjson.gz | veto learn --model requests.veto`

export function learnCommand(command: Command): Command {
  return keyFlags(checkpointFlags(command))
    .description('learn from records and save the model')
    .addHelpText('after', details)
}

export async function learn(file: string | undefined, flags: CheckpointFlags, surroundings: Surroundings) {
  if (flags.model === undefined)
    throw usageError('expected --model FILE, where to save what is learned, got none')
  return runSession({ file, flags, work: 'learn' }, surroundings)
}
