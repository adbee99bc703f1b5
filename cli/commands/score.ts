/** veto score: every record with its score, alarm and reasons; learned from afterwards. */
import type { Command } from 'commander'
import { Sink } from '../io/sink.ts'
import { openWriter, verdictOut } from '../io/writer.ts'
import { addOutputFlags, addWhyFlag, type OutputFlags } from '../options.ts'
import { runSession } from '../session.ts'

export function score(command: Command): Command {
  return addWhyFlag(addOutputFlags(command))
    .description('score and learn, one output record per input record')
    .addHelpText(
      'after',
      `
Each record comes out as it came in, with one more key:
  "veto":{"score":12.3,"p":0.0004,"anomaly":true,"why":[{"field":"latency","value":9000,"expected":120,"surprise":8.1}]}
or, in CSV, with the columns veto_score, veto_p, veto_anomaly and veto_why. Score: nats, higher is more anomalous; p: the
share of normal records that score as high; anomaly: p < alpha. All are null while the detector warms up.

  tail -f app.ndjson | veto score --model app.veto | jq -c 'select(.veto.anomaly)'
  veto score --alpha 0.001 --ignore id,time requests.csv > scored.csv`,
    )
}

export function runScore(file: string | undefined, flags: OutputFlags): Promise<number> {
  const sink = new Sink(process.stdout)
  return runSession({
    flags,
    file,
    saves: !flags.freeze,
    sink,
    begin({ detector, reader, report }) {
      const writer = openWriter(reader, flags.as, report.warn)
      return {
        handle(input) {
          const verdict = flags.freeze ? detector.scoreOne(input.record) : detector.observe(input.record)
          if (verdict.anomaly) report.alarms++
          return writer.line(input, verdictOut(verdict))
        },
      }
    },
  })
}
