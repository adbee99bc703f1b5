/**
 * Models of earlier format versions go on: those of version 3 bit for bit, those of version 2 up to roundings, those of
 * version 1 as well as they did.
 */
import { readFileSync } from 'node:fs'
import * as fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { FOLLOWING, FROZEN, partsOf, plans, type Said } from '../../fixtures/models.ts'
import { orders } from '../../fixtures/orders.ts'
import { Detector } from '../../pipeline/detector.ts'
import { ModelFileError, ModelVersionError } from '../../pipeline/errors.ts'
import { FORMAT_VERSION, readableVersions } from '../../pipeline/state/migrations/index.ts'
import { readSafetensors, writeSafetensors } from '../../pipeline/state/safetensors.ts'
import { rocArea } from '../detector/streams.ts'

const folder = new URL('../../fixtures/models/', import.meta.url)
const fileOf = (name: string) => Uint8Array.from(readFileSync(new URL(`${name}.veto`, folder)))
const saidOf = (name: string): Said => JSON.parse(readFileSync(new URL(`${name}.json`, folder), 'utf8'))
/** What came after the file was written. */
const nextOf = ({ learned, fields }: Said) => orders(learned + FOLLOWING, fields).slice(learned)

/** The file without its checksum, changed. */
function altered(name: string, change: (metadata: Record<string, string>) => object): Uint8Array {
  const { tensors, metadata } = readSafetensors(fileOf(name))
  const { checksum: _, ...others } = metadata
  return writeSafetensors(tensors, { ...others, ...change(others) })
}

const names = (version: number) => plans[version].map(({ name }) => name)

for (const name of [...names(1), ...names(2), ...names(3)]) {
  test(`${name} is of its version, and is saved as version ${FORMAT_VERSION}`, () => {
    const file = fileOf(name)
    assert.is(`v${readSafetensors(file).metadata.version}`, name.slice(0, 2))
    const detector = Detector.load(file)
    assert.is(detector.learned, saidOf(name).learned)
    const saved = detector.save()
    assert.is(readSafetensors(saved).metadata.version, FORMAT_VERSION)
    assert.equal(Detector.load(saved).save(), saved)
  })
}

/**
 * Sums of the Boltzmann machine's updates are rounded in another order since version 3: 2^-24 each, some tens of them a
 * row, over 400 rows that forget each other. Which units are drawn stays the same.
 */
const ROUNDED = 1e-4

/** What members of other families have come to, generators and fields: untouched by those roundings. */
const isUntouched = (part: string) =>
  part === 'fields' || /random$|product\.experts\.(counts|totals|centres)$/.test(part)

// When this fails because models learn or score differently on purpose, the format version has to be raised, or the model
// of version 2 has to be held to less, and docs/file-format.md has to say so.
for (const name of names(2)) {
  test(`${name} scores bit for bit, and goes on up to roundings`, () => {
    const said = saidOf(name)
    const next = nextOf(said)
    const detector = Detector.load(fileOf(name))
    const frozen = next.slice(0, FROZEN).map(({ record }) => detector.scoreOne(record).score)
    assert.equal(frozen, said.frozen)
    for (const [i, { record }] of next.entries()) {
      const { score, p } = detector.observe(record)
      if (score === null) assert.is(said.scores[i], null)
      else
        assert.ok(Math.abs(score - said.scores[i]!) < ROUNDED, `record ${i}: ${score}, was ${said.scores[i]}`)
      if (p === null) assert.is(said.p[i], null)
      else assert.ok(Math.abs(p - said.p[i]!) < ROUNDED, `record ${i}: p ${p}, was ${said.p[i]}`)
    }
    const parts = partsOf(detector.save())
    for (const [part, checksum] of Object.entries(said.end).filter(([part]) => isUntouched(part)))
      assert.is(parts[part], checksum, part)
  })
}

for (const name of names(3)) {
  test(`${name} goes on bit for bit`, () => {
    const said = saidOf(name)
    const next = nextOf(said)
    const detector = Detector.load(fileOf(name))
    const frozen = next.slice(0, FROZEN).map(({ record }) => detector.scoreOne(record).score)
    assert.equal(frozen, said.frozen)
    const verdicts = next.map(({ record }) => detector.observe(record))
    assert.equal(
      verdicts.map(({ score }) => score),
      said.scores,
    )
    assert.equal(
      verdicts.map(({ p }) => p),
      said.p,
    )
    assert.equal(partsOf(detector.save()), said.end)
  })
}

for (const name of ['v1-settling', 'v1-settled']) {
  test(`${name} gives records the free energies that it gave them`, () => {
    const said = saidOf(name)
    const detector = Detector.load(fileOf(name))
    for (const [i, { record }] of nextOf(said).slice(0, FROZEN).entries()) {
      const { score } = detector.scoreOne(record)
      // Free energies of some tens of nats in single precision: 24 bits, and some roundings.
      assert.ok(Math.abs(Number(score) - Number(said.frozen[i])) < 1e-4, `${score} for ${said.frozen[i]}`)
    }
  })
}

/** How well scores tell the planted faults from the others; what has no score counts as the lowest. */
function areaOf(scores: readonly (number | null)[], faults: readonly boolean[]): number {
  const of = (fault: boolean) =>
    scores.filter((_, i) => faults[i] === fault).map(score => score ?? Number.NEGATIVE_INFINITY)
  return rocArea(of(true), of(false))
}

for (const name of names(1)) {
  test(`${name} goes on as well as it did`, () => {
    const said = saidOf(name)
    const next = nextOf(said)
    const detector = Detector.load(fileOf(name))
    const scores = next.map(({ record }) => detector.observe(record).score)
    // Before version 2 faults were learned from, and scores began later: what changed since may only help. Of the 20
    // faults planted, one that changes places with a tenth of the others moves the area by .005.
    const faults = next.map(({ fault }) => fault)
    const [now, then] = [areaOf(scores, faults), areaOf(said.scores, faults)]
    assert.ok(now >= then - 0.01, `area ${now}, was ${then}`)
    assert.ok(now > 0.95, `area ${now}`)
  })
}

test('of version 1 options, scores and records come along, and what it did not have starts fresh', () => {
  const settled = Detector.load(fileOf('v1-settled'))
  const { alpha, why, seed, warmup, protect, experts } = settled.options
  assert.equal([alpha, why, seed, warmup, protect, experts], [0.02, 2, 3, 32, 2000, 'rbm'])
  assert.is(settled.describeExperts()[0].weight, 1)
  const { tensors } = readSafetensors(settled.save())
  const before = readSafetensors(fileOf('v1-settled')).tensors
  assert.equal(tensors['calibration.scores'].data, before['calibration.scores'].data)
  assert.equal(tensors['members.0.product.experts.w'].data, before['product.experts.w'].data)
  assert.equal([...tensors['protection.counters'].data], [0, 0, 0, 0, 0, 0, 0, 0])
  const warm = readSafetensors(Detector.load(fileOf('v1-warmup')).save()).tensors
  assert.equal([...warm['buffer.treatments'].data], new Array(20).fill(0))
})

test('other versions are refused with the version of the file and those that can be read', () => {
  for (const version of ['0', '5', '1.0', '', 'toString', '__proto__']) {
    assert.throws(
      () => Detector.load(altered('v2-settled', () => ({ version }))),
      (error: Error) =>
        error instanceof ModelVersionError &&
        error.message.includes(`version ${readableVersions.join(', ')}`) &&
        error.message.includes(`got version ${JSON.stringify(version)}`),
    )
  }
})

test('a damaged file of an earlier version is refused as damaged', () => {
  for (const name of ['v1-settled', 'v2-settled']) {
    const file = fileOf(name)
    file[file.length - 100] ^= 1
    assert.throws(() => Detector.load(file), /damaged/)
  }
})

test('whatever stands in the metadata of an earlier version, it is read or refused', () => {
  const text = fc.oneof(fc.json({ maxDepth: 3 }), fc.string(), fc.constant('{"experts":"rbm","seed":1}'))
  fc.assert(
    fc.property(
      fc.constantFrom('v1-warmup', 'v1-settled', 'v2-warmup'),
      fc.constantFrom('options', 'fields', 'product', 'members', 'learned'),
      text,
      (name, member, value) => {
        try {
          Detector.load(altered(name, () => ({ [member]: value }))).release()
        } catch (error) {
          assert.instance(error, ModelFileError, String(error))
        }
      },
    ),
    { seed: 1, numRuns: 400 },
  )
})

test.run()
