/** What every family of experts has to do at the command line, over the list of families. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Papa from 'papaparse'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { denoise } from '../../cli/commands/denoise.ts'
import { features } from '../../cli/commands/features.ts'
import { learn } from '../../cli/commands/learn.ts'
import { sample } from '../../cli/commands/sample.ts'
import { score } from '../../cli/commands/score.ts'
import { CommandError, exitCodes } from '../../cli/errors.ts'
import { Detector, families, familyNamed, unitNames } from '../../pipeline/index.ts'
import { encodingsFor } from '../../pipeline/units.ts'
import { learnedIn, outcome } from './session.ts'
import { fakeProcess } from './surroundings.ts'

const hosts = ['alpha', 'beta', 'gamma']
const verbs = ['joined', 'left', 'opened', 'closed']

/** A record with a field of every kind, three of them numbers that go together. */
function record(t: number) {
  const pick = (t * 7919) % 12
  const load = 10 * (pick % 3) + ((t * 31) % 17) / 4
  return {
    host: hosts[pick % 3],
    load,
    watts: 2 * load + ((t * 13) % 7) / 5,
    visits: (pick * 5 + (t % 3)) % 9,
    ok: pick % 4 > 0,
    at: `2026-11-${String(1 + (t % 28)).padStart(2, '0')}T${String((t * 5) % 24).padStart(2, '0')}:00:00Z`,
    line: `user ${'uvwxyz'[pick % 6]} has ${verbs[pick % 4]} channel ${'klm'[pick % 3]} ${t}`,
  }
}

const VISITS = { name: 'visits', kind: 'number' } as const
const COUNT = 420
const all = Array.from({ length: COUNT }, (_, t) => record(t))
const ndjson = all.map(each => JSON.stringify(each))
const asLines = (lines: readonly string[]) => lines.map(line => `${line}\n`).join('')
const csv = `${Papa.unparse(all, { newline: '\n' })}\n`

let folder = ''
for (const { name } of families) {
  const test = suite(`family ${name}`)
  let model = ''
  test.before(async () => {
    folder = mkdtempSync(join(tmpdir(), `veto-family-${name}-`))
    model = join(folder, 'model')
    const { code, messages } = await outcome(learn, asLines(ndjson), { experts: name, model })
    assert.is(code, 0, messages)
    assert.match(messages, new RegExp(`experts: ${name} on \\d fields?`))
    assert.not.match(messages, /diverged/)
  })
  test.after(() => rmSync(folder, { recursive: true }))

  test('scores every record, in both formats with the same numbers, and learns the same', async () => {
    const [lines, rows] = [join(folder, 'lines'), join(folder, 'rows')]
    const scored = await outcome(score, asLines(ndjson), { experts: name, model: lines })
    const verdicts = scored.out
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line).veto)
    assert.is(verdicts.length, COUNT)
    const numbers = verdicts.slice(8).map(verdict => verdict.score)
    assert.ok(numbers.every(Number.isFinite), `${name}: a score that is no number`)
    assert.ok(new Set(numbers).size > 1)
    assert.equal(learnedIn(lines), learnedIn(model))
    const table = await outcome(score, csv, { experts: name, model: rows })
    const { data } = Papa.parse<Record<string, string>>(table.out, { header: true, skipEmptyLines: true })
    assert.equal(
      data.slice(8).map(row => Number(row.veto_score)),
      numbers,
    )
  })

  test('frozen: no byte of the model changes, and every answer is there', async () => {
    const before = readFileSync(model)
    const frozen = { model, freeze: true }
    const scored = await outcome(score, asLines(ndjson), frozen)
    assert.is(scored.code, 0)
    for (const line of scored.out.trimEnd().split('\n')) assert.type(JSON.parse(line).veto.score, 'number')
    // A record with nothing but gaps beside one value of each kind, and one far out.
    const odd = { ...record(1), load: 1e30, host: 'new' }
    const gaps = Object.entries(record(2)).map(([field, value]) => JSON.stringify({ [field]: value }))
    const judged = await outcome(score, asLines([...gaps, JSON.stringify(odd)]), frozen)
    assert.is(judged.code, 0, judged.messages)
    const denoised = await outcome(denoise, asLines([...gaps, ...ndjson.slice(0, 50)]), frozen)
    assert.is(denoised.code, 0, denoised.messages)
    assert.is(denoised.out.trimEnd().split('\n').length, gaps.length + 50)
    assert.equal(readFileSync(model), before)
  })

  test('gone on with from a checkpoint: the same answers and the same model, bit for bit', async () => {
    const parted = join(folder, 'parted')
    // In the warm-up's midst, between fits, and on a fit.
    const cuts = [0, 5, 13, 256, 333, COUNT]
    let out = ''
    for (const [index, cut] of cuts.slice(1).entries()) {
      const part = asLines(ndjson.slice(cuts[index], cut))
      const flags = index === 0 ? { experts: name } : { resume: true }
      out += (await outcome(score, part, { ...flags, model: parted })).out
    }
    const whole = await outcome(score, asLines(ndjson), { experts: name })
    assert.is(out, whole.out)
    assert.equal(learnedIn(parted), learnedIn(model))
  })

  test('features: as many finite numbers for each record', async () => {
    const { out } = await outcome(features, asLines(ndjson), { model, freeze: true })
    const lists = out
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line).veto.features as number[])
    assert.is(lists.length, COUNT)
    assert.ok(lists[0].length > 0)
    for (const list of lists) {
      assert.is(list.length, lists[0].length)
      assert.ok(list.every(Number.isFinite))
    }
    assert.ok(new Set(lists.map(String)).size > 1, `${name}: features that say nothing`)
    const table = await outcome(features, csv, { model, freeze: true })
    const { data } = Papa.parse<string[]>(table.out, { skipEmptyLines: true })
    assert.is(data.length, COUNT + 1)
    for (const row of data) assert.is(row.length, Object.keys(all[0]).length + lists[0].length)
  })

  test('samples: fields of the records with values of their kind, the same for the same seed', async () => {
    const drawn = async (seed: number) => {
      const surroundings = fakeProcess('')
      const flags = { model, count: 20, sweeps: 5, seed, format: 'ndjson', color: false } as const
      const code = await sample(undefined, flags, surroundings).catch(error => error)
      return { code, out: surroundings.stdout.text }
    }
    const { code, out } = await drawn(3)
    // Of the words of a text alone nothing can be made.
    if (code instanceof CommandError) {
      assert.is(code.exitCode, exitCodes.model)
      assert.match(code.message, /a field of which values can be made/)
      return
    }
    assert.is(code, 0)
    const records = out
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line) as Record<string, unknown>)
    assert.is(records.length, 20)
    const example: Record<string, unknown> = record(0)
    for (const each of records) {
      assert.ok(Object.keys(each).length > 0)
      for (const [field, value] of Object.entries(each)) {
        assert.ok(field in example, field)
        if (value !== null) assert.is(typeof value, typeof example[field], `${field}: ${value}`)
      }
    }
    assert.is((await drawn(3)).out, out)
    assert.is.not((await drawn(4)).out, out)
    // What was drawn is input again.
    const again = await outcome(score, out, { model, freeze: true })
    assert.is(again.code, 0)
  })

  test('a model that is damaged anywhere is refused or still answers', async () => {
    const bytes = readFileSync(model)
    const damaged = join(folder, 'damaged')
    for (let n = 1; n < 12; n++) {
      const copy = Buffer.from(bytes)
      const at = Math.floor((n * bytes.length) / 12)
      copy[at] ^= 0xff
      writeFileSync(damaged, copy)
      const { code } = await outcome(score, asLines(ndjson.slice(0, 9)), {
        model: damaged,
        freeze: true,
      }).catch(error => {
        if (!(error instanceof CommandError)) throw error
        return { code: error.exitCode }
      })
      assert.ok(code === exitCodes.ok || code === exitCodes.model, `byte ${at}: exit code ${code}`)
    }
    assert.ok(existsSync(model))
  })

  test.run()
}

const units = suite('units')
units.before(() => {
  folder = mkdtempSync(join(tmpdir(), 'veto-units-'))
})
units.after(() => rmSync(folder, { recursive: true }))

units('every family with every unit that it has: learned, gone on with, sampled', async () => {
  const having = families.flatMap(family =>
    unitNames.map(unit => ({ name: family.name, unit, has: encodingsFor(family, VISITS, unit) })),
  )
  // A family that has one unit alone has it anyway.
  const chosen = having.filter(
    ({ name, has }) => has.length > 0 && (familyNamed(name).alternatives?.number ?? []).length > 0,
  )
  assert.ok(chosen.length >= unitNames.length)
  for (const { name, unit, has } of chosen) {
    const model = join(folder, `${name}-${unit}`)
    const flags = { experts: name, units: { visits: unit }, model }
    const first = await outcome(score, asLines(ndjson.slice(0, 150)), flags)
    const rest = await outcome(score, asLines(ndjson.slice(150)), { units: flags.units, model, resume: true })
    const whole = await outcome(score, asLines(ndjson), { ...flags, model: undefined })
    assert.is(first.out + rest.out, whole.out)
    assert.not.match(whole.messages, /diverged/)
    const detector = Detector.load(readFileSync(model))
    assert.is(detector.describe().find(({ field }) => field === 'visits')?.encoding, has[0])
    for (const { visits } of detector.sample(16, 5)) assert.type(visits, 'number')
    detector.release()
  }
})

units('a unit that the family does not have is refused before anything is read', async () => {
  for (const family of families) {
    for (const unit of unitNames) {
      const own = [family.encodings.number ?? []].flat()
      const all = [...own, ...(family.alternatives?.number ?? [])]
      const encoding = { bins: 'bins', gaussian: 'real', binomial: 'count' } as const
      if (all.includes(encoding[unit])) continue
      const error = await outcome(score, '', { experts: family.name, units: unit }).catch(failed => failed)
      assert.instance(error, CommandError, `${family.name} ${unit}`)
      assert.is(error.exitCode, exitCodes.usage)
      assert.match(
        error.message,
        new RegExp(`as ${family.name} has them for numbers \\(.*\\), got '${unit}'`),
      )
    }
  }
})

units.run()
