/** veto features: every record comes out with what the experts make of it, for other programs to learn from. */
import type { Command } from 'commander'
import { keyFlags, type OutputFlags, outputFlags } from '../options.ts'
import { runSession } from '../session.ts'
import type { Surroundings } from '../surroundings.ts'

export interface FeatureFlags extends OutputFlags {
  readonly only?: boolean
}

const details = `
Writes each record with its features, then learns from it: probabilities of hidden units, which prototype is nearest, how
surprising each field is, whatever the experts have, one family behind the other. NDJSON gets them as a list under one more
key, which is null before there is a model; CSV as columns, veto_0 and so on. Because a header says how many there are, CSV
needs a model with --freeze, or one whose fields are settled, after a thousand records. With --freeze the features of all
records are those of one model; without it they move as it learns. Numbers have six significant digits.

--only leaves the records out: lists, or rows of numbers, in the order of the records.

Examples:
  veto learn --model requests.veto --experts rbm --hidden 32 last-week.csv
  veto features --model requests.veto --freeze --only today.csv > features.csv
  veto features requests.ndjson | jq -c .veto.features`

export function featuresCommand(command: Command): Command {
  return keyFlags(outputFlags(command))
    .option('--only', 'write the features without their records')
    .description('turn each record into features for other programs, and learn')
    .addHelpText('after', details)
}

export const features = (file: string | undefined, flags: FeatureFlags, surroundings: Surroundings) =>
  runSession({ file, flags, work: 'features' }, surroundings)
