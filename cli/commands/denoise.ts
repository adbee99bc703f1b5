/** veto denoise: every record with expected values in place of noise and of missing ones; learned from as it came. */
import type { Command } from 'commander'
import { Sink } from '../io/sink.ts'
import { openWriter, reasonsOut } from '../io/writer.ts'
import { addOutputFlags, type OutputFlags } from '../options.ts'
import { runSession } from '../session.ts'

export function denoise(command: Command): Command {
  return addOutputFlags(command)
    .description('expected values in place of noise; missing fields filled')
    .addHelpText(
      'after',
      `
A field is noise when the odds against its value, given all others, exceed 1/alpha. What was changed stands in one more
key, "veto":{"changed":[{"field":"latency","value":9000,"expected":120,"surprise":8.1}]}, or in CSV in veto_changed.

  veto denoise --alpha 0.001 sensors.csv > clean.csv`,
    )
}

export function runDenoise(file: string | undefined, flags: OutputFlags): Promise<number> {
  return runSession({
    flags,
    file,
    saves: !flags.freeze,
    sink: new Sink(process.stdout),
    begin({ detector, reader, report }) {
      const writer = openWriter(reader, flags.as, report.warn)
      return {
        handle(input) {
          const { record, changed } = detector.denoiseOne(input.record)
          if (!flags.freeze) detector.learnOne(input.record)
          return writer.line(input, { changed: reasonsOut(changed) }, changed.length > 0 ? record : undefined)
        },
      }
    },
  })
}
