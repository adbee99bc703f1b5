/** veto score: every record comes out with its score and the reasons for it. */
import type { Command } from 'commander'
import { keyFlags, type OutputFlags, outputFlags, whyFlag } from '../options.ts'
import { runSession } from '../session.ts'
import type { Surroundings } from '../surroundings.ts'

const details = `
Writes each record with one more key (NDJSON) or four more columns (CSV):
  score    how much less likely than other records so far, in nats; higher is more anomalous
  p        share of recent records that scored at least as high
  anomaly  whether p is below --alpha
  why      the most surprising fields: value, expected value, surprise in nats
All are null, and why is empty, during the warm-up. Numbers have six significant digits.

Examples:
  tail -f requests.ndjson | veto score
  veto score --model requests.veto --ignore id,time requests.ndjson > scored.ndjson
  veto score --model requests.veto --freeze today.csv | grep ',true,'`

export function scoreCommand(command: Command): Command {
  return keyFlags(whyFlag(outputFlags(command)))
    .description('score each record, say why, then learn from it')
    .addHelpText('after', details)
}

export const score = (file: string | undefined, flags: OutputFlags, surroundings: Surroundings) =>
  runSession({ file, flags, work: 'score' }, surroundings)
