/** veto denoise: every record comes out with expected values in place of noise and of missing values. */
import type { Command } from 'commander'
import type { Denoised } from '../../pipeline/index.ts'
import { type Answer, rounded, roundedReasons } from '../io/writer.ts'
import { type OutputFlags, outputFlags } from '../options.ts'
import { runSession } from '../session.ts'
import type { Surroundings } from '../surroundings.ts'

const details = `
Replaces a value when the odds against it, given all other fields, exceed 1 / --alpha, and fills missing ones. What was
changed is listed under one more key (NDJSON) or in one more column (CSV). The original record is what is learned from.

Examples:
  veto denoise --model sensors.veto --freeze readings.csv > clean.csv
  veto denoise --alpha 0.001 readings.ndjson`

/** A filled-in or corrected value, of the type that it has in the record: numbers in a CSV cell stay texts. */
function newValue(denoised: unknown, expected: unknown) {
  if (typeof expected !== 'number') return denoised as string | number | boolean
  const number = rounded(expected)
  return typeof denoised === 'string' ? String(number) : number
}

/** The answer to a record, as it is written. */
export const denoisedAnswer = ({ record, changed }: Denoised): Answer => ({
  changed: changed.map(({ field, expected }) => ({ field, value: newValue(record[field], expected) })),
  added: { changed: roundedReasons(changed) },
})

export function denoiseCommand(command: Command): Command {
  return outputFlags(command)
    .description('put expected values in place of noise and of missing values, and learn')
    .addHelpText('after', details)
}

export function denoise(file: string | undefined, flags: OutputFlags, surroundings: Surroundings) {
  return runSession(
    {
      file,
      flags,
      columns: ['changed'],
      work(detector, { record }) {
        const denoised = detector.denoiseOne(record)
        if (!flags.freeze) detector.learnOne(record)
        return denoisedAnswer(denoised)
      },
    },
    surroundings,
  )
}
