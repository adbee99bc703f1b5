/** veto denoise: every record comes out with expected values in place of noise and of missing values. */
import type { Command } from 'commander'
import { keyFlags, type OutputFlags, outputFlags } from '../options.ts'
import { runSession } from '../session.ts'
import type { Surroundings } from '../surroundings.ts'

const details = `
Replaces a value when the odds against it, given all other fields, exceed 1 / --alpha, and fills missing ones. What was
changed is listed under one more key (NDJSON) or in one more column (CSV). The original record is what is learned from.

Examples:
  veto denoise --model sensors.veto --freeze readings.csv > clean.csv
  veto denoise --alpha 0.001 readings.ndjson`

export function denoiseCommand(command: Command): Command {
  return keyFlags(outputFlags(command))
    .description('put expected values in place of noise and of missing values, and learn')
    .addHelpText('after', details)
}

export const denoise = (file: string | undefined, flags: OutputFlags, surroundings: Surroundings) =>
  runSession({ file, flags, work: 'denoise' }, surroundings)
