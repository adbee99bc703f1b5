/** Files of flags. */
import { Command } from 'commander'
import { evalCommand } from '../../../cli/commands/eval.ts'
import { inspectCommand } from '../../../cli/commands/inspect.ts'
import { sampleCommand } from '../../../cli/commands/sample.ts'
import { scoreCommand } from '../../../cli/commands/score.ts'
import { parseConfig, takeConfig } from '../../../cli/config.ts'
import { CommandError, exitCodes } from '../../../cli/errors.ts'
import { jsonTokens, mutatedJson } from '../json.ts'
import type { Target } from '../target.ts'

const names = [
  'model',
  'alpha',
  'seed',
  'ignore',
  'kinds',
  'units',
  'set',
  'hidden',
  'count',
  'warmup',
  'max-line',
  'quiet',
  'no-color',
  'as',
  'format',
]

export const config: Target = {
  name: 'config',
  batch: 256,
  seeds: () =>
    [
      '{}',
      '{"alpha": 0.001, "ignore": ["id", "a,b"], "kinds": {"port": "category"}, "quiet": true}',
      '{"--max-line": "64K", "seed": 3, "color": false, "as": "judgement", "format": "csv", "header": "a,b"}',
      '{"units": {"load": "gaussian"}, "set": {"learningRate": 0.01, "centering": false}, "hidden": 8, "count": 3}',
      '{"units": "binomial", "set": "cdSteps=5,a=b"}',
      '{"kinds": "a=number,b=text", "noColor": true, "warmup": 8, "label": "x", "config": "x"}',
    ].map(text => Buffer.from(text)),
  tokens: [
    ...jsonTokens,
    ...['0.5', '-1', '"a=b"'],
    ...names.map(name => `"${name}":`),
    ...['"--', '"a,b"', '"64K"', '"category"', '\\"'],
  ],
  mutate(input, choice) {
    const text = mutatedJson(input.toString('utf8'), choice)
    if (text === undefined) return undefined
    // Of the names that are made up none is a flag's.
    return Buffer.from(
      choice.chance(0.5) ? text.replace(/"(a|b|veto|label|0)":/, `"${choice.of(names)}":`) : text,
    )
  },
  run(input) {
    const before = Object.getOwnPropertyNames(Object.prototype).length
    const commands = [
      scoreCommand(new Command('score')),
      evalCommand(new Command('eval')),
      sampleCommand(new Command('sample')),
      inspectCommand(new Command('inspect')),
    ]
    try {
      const settings = parseConfig(input.toString('utf8'), 'file')
      for (const command of commands) takeConfig(command, commands, settings, 'file')
    } catch (error) {
      if (!(error instanceof CommandError) || error.exitCode !== exitCodes.usage) throw error
    }
    if (Object.getOwnPropertyNames(Object.prototype).length !== before)
      throw new Error('Expected no new member of all objects, got one')
  },
}
