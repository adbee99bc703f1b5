/** Flags from the environment and from files: the same values, the same refusals, and who counts more. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'
import * as fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { evalCommand } from '../../cli/commands/eval.ts'
import { learnCommand } from '../../cli/commands/learn.ts'
import { scoreCommand } from '../../cli/commands/score.ts'
import { type Environment, parseConfig, takeSettings } from '../../cli/config.ts'
import { CommandError, exitCodes } from '../../cli/errors.ts'
import { veto } from './veto.ts'

const test = suite('config')

let folder = ''
let file = ''
test.before.each(() => {
  folder = mkdtempSync(join(tmpdir(), 'veto-config-'))
  file = join(folder, 'flags.json')
})
test.after.each(() => rmSync(folder, { recursive: true }))

const declarations = { score: scoreCommand, learn: learnCommand, eval: evalCommand }

/** The flags of a command line after files and environment had their say. */
function flagsOf(
  args: readonly string[],
  env: Environment = {},
  name: keyof typeof declarations = 'score',
): Record<string, unknown> {
  const commands = Object.entries(declarations).map(([each, declare]) =>
    declare(new Command(each).exitOverride()),
  )
  const command = commands.find(each => each.name() === name)!
  command.parse(args, { from: 'user' })
  takeSettings(command, commands, env)
  return command.opts()
}

/** The flags of a file that holds this. */
function withFile(content: unknown, args: readonly string[] = [], env: Environment = {}) {
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content))
  return flagsOf(['--config', file, ...args], env)
}

function refusal(run: () => unknown): string {
  try {
    run()
  } catch (error) {
    if (!(error instanceof CommandError)) throw error
    assert.is(error.exitCode, exitCodes.usage)
    return error.message
  }
  throw new Error('expected a refusal')
}

test('units and options of the experts as objects, or as the command line has them', () => {
  const flags = { units: { a: 'gaussian' }, set: { learningRate: 0.01, centering: false } }
  const { units, set } = withFile(flags)
  assert.equal({ units, set }, flags)
  const texts = withFile({ units: 'gaussian', set: 'learningRate=0.01,centering=false' })
  assert.equal([texts.units, texts.set], ['gaussian', flags.set])
  const env = flagsOf([], { VETO_UNITS: 'a=gaussian', VETO_SET: 'learningRate=0.01,centering=false' })
  assert.equal({ units: env.units, set: env.set }, flags)
  assert.match(
    refusal(() => withFile({ units: { a: 3 } })),
    /units: Expected a text or an object of texts/,
  )
  assert.match(
    refusal(() => withFile({ set: { a: [] } })),
    /set: Expected an object of numbers, texts/,
  )
  assert.match(
    refusal(() => withFile({ units: { a: 'real' } })),
    /got 'a=real'/,
  )
})

test('a file gives flags as the command line does, or in the manner of JSON', () => {
  const asTexts = {
    '--alpha': '0.001',
    'max-line': '64K',
    ignore: '"a,b",c',
    kinds: 'x=category,"y,z=text"',
    quiet: true,
    'no-color': true,
  }
  const inJson = {
    alpha: 0.001,
    maxLine: 65536,
    ignore: ['a,b', 'c'],
    kinds: { x: 'category', 'y,z': 'text' },
    quiet: true,
    color: false,
  }
  for (const content of [asTexts, inJson]) {
    const flags = withFile(content)
    for (const [name, value] of Object.entries(inJson)) assert.equal(flags[name], value, name)
  }
})

test('the command line counts more than the environment, and that more than the file; lists do not add up', () => {
  const content = { alpha: 0.1, seed: 1, ignore: ['file'], as: 'file', strict: true }
  const env = { VETO_SEED: '2', VETO_IGNORE: 'environment', VETO_AS: 'environment', VETO_STRICT: 'false' }
  const flags = withFile(content, ['--as', 'line'], env)
  assert.is(flags.alpha, 0.1)
  assert.is(flags.seed, 2)
  assert.equal(flags.ignore, ['environment'])
  assert.is(flags.as, 'line')
  assert.is(flags.strict, false)
})

test('the environment has every flag, also --config; what is empty was cleared', () => {
  writeFileSync(file, '{"alpha": 0.2}')
  const env = { VETO_CONFIG: file, VETO_MAX_LINE: '4M', VETO_NO_COLOR: '1', VETO_QUIET: '', VETO_OTHER: 'x' }
  const flags = flagsOf([], env)
  assert.equal([flags.alpha, flags.maxLine, flags.color, flags.quiet], [0.2, 4 << 20, false, undefined])
  assert.match(
    refusal(() => flagsOf([], { VETO_ALPHA: '2' })),
    /^VETO_ALPHA: Expected a number between 0 and 1, .* got '2'/,
  )
  assert.match(
    refusal(() => flagsOf([], { VETO_QUIET: 'yes' })),
    /^VETO_QUIET: Expected true or false, got "yes"/,
  )
})

test('one file serves all commands: flags of another command are left alone', () => {
  writeFileSync(file, '{"as": "judgement", "label": "attack", "alpha": 0.3}')
  assert.equal(flagsOf(['--config', file], {}, 'learn').as, undefined)
  assert.is(flagsOf(['--config', file], {}, 'eval').label, 'attack')
  assert.is(flagsOf(['--config', file], {}, 'score').as, 'judgement')
})

test('what a file cannot say is refused, with what was expected and what came', () => {
  const refused: [content: unknown, message: RegExp][] = [
    ['', /expected flags as a JSON object, got broken JSON/],
    ['{"alpha": 0.1', /broken JSON/],
    ['alpha: 0.1', /broken JSON/],
    [[], /expected flags as a JSON object, .* got an array of 0/],
    [null, /JSON object, .* got null/],
    ['7', /JSON object, .* got 7/],
    [{ alpa: 0.1 }, /expected names of flags, got "alpa"; veto score --help lists/],
    [{ '': 1 }, /expected names of flags, got ""/],
    [{ help: true }, /expected names of flags, got "help"/],
    ['{"__proto__": {"alpha": 0.5}}', /expected names of flags, got "__proto__"/],
    [{ constructor: 1 }, /expected names of flags, got "constructor"/],
    [{ 'max-line': 1, maxLine: 2 }, /each flag once, got "max-line" twice/],
    [{ config: 'other.json' }, /a file of flags cannot name another/],
    [{ alpha: [0.1] }, /alpha: Expected a text or a number, got an array of 1/],
    [{ alpha: null }, /alpha: Expected a text or a number, got null/],
    [{ alpha: true }, /alpha: Expected a text or a number, got true/],
    [{ alpha: 2 }, /alpha: Expected a number between 0 and 1, .* got '2'/],
    [{ seed: 1.5 }, /seed: Expected a whole number .* got '1.5'/],
    [{ format: 'xml' }, /format: Allowed choices are ndjson, csv, auto/],
    [{ quiet: 'true' }, /quiet: Expected true or false, got "true"/],
    [{ quiet: { a: [] } }, /quiet: Expected true or false, got an object/],
    [{ ignore: [['a']] }, /ignore: Expected a list of texts, got an array of 1/],
    [{ ignore: [] }, /ignore: Expected a list of texts, got an array of 0/],
    [{ ignore: [''] }, /ignore: Expected names of fields/],
    [{ kinds: { a: 'prose' } }, /kinds: Expected field=kind, .* got 'a=prose'/],
    [{ kinds: { a: { b: 'text' } } }, /kinds: Expected an object of texts, got an object/],
    [{ kinds: ['a=text'] }, /kinds: Expected an object of texts, got an array/],
    [`{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`, /expected names of flags, got "a"/],
    [
      `{"alpha":${'['.repeat(100_000)}${']'.repeat(100_000)}}`,
      /Expected a text or a number, got an array of 1/,
    ],
    [`{"as":"${'x'.repeat(1 << 20)}"}`, /expected a file of flags of at most 1048576 bytes, got more/],
  ]
  for (const [content, message] of refused) {
    const said = refusal(() => withFile(content))
    assert.match(said, message)
    assert.ok(said.startsWith(`${file}: `), said)
  }
  assert.match(
    refusal(() => flagsOf(['--config', join(folder, 'none')])),
    /cannot read .*none: ENOENT/,
  )
  assert.match(
    refusal(() => flagsOf(['--config', folder])),
    /cannot read .*: EISDIR/,
  )
})

test('names of fields that are names of properties are names like any other', () => {
  const flags = withFile('{"ignore": ["__proto__", "constructor"], "kinds": {"__proto__": "category"}}')
  assert.equal(flags.ignore, ['__proto__', 'constructor'])
  assert.equal(Object.entries(flags.kinds as object), [['__proto__', 'category']])
  assert.is(Object.getPrototypeOf(flags.kinds), Object.prototype)
  assert.is(({} as Record<string, unknown>).alpha, undefined)
})

test('property: any list of names is taken as it stands', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ minLength: 1 }), { minLength: 1 }), names => {
      assert.equal(withFile({ ignore: names }).ignore, names)
    }),
    { seed: 21, numRuns: 200 },
  )
})

test('property: any JSON is flags or refused', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), text => {
      try {
        assert.instance(parseConfig(text, 'file'), Map)
      } catch (error) {
        assert.instance(error, CommandError)
      }
    }),
    { seed: 22, numRuns: 1000 },
  )
})

test('the real command line takes a file, and refuses a wrong one before it reads a record', async () => {
  writeFileSync(file, '{"as": "judgement", "quiet": true}')
  const scored = await veto(['score', '--config', file], '{"a":1}\n')
  assert.match(scored.out, /^\{"a":1,"judgement":/)
  assert.is(scored.messages, '')
  writeFileSync(file, '{"alpha": 7}')
  const refused = await veto(['score', '--config', file, 'fixtures/requests.ndjson'])
  assert.equal([refused.code, refused.out], [2, ''])
  assert.match(refused.messages, /^veto: .*flags.json: alpha: Expected a number/)
})

test.run()
