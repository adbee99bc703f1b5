/** One family within a model: what it learns, what its energies are relative to, and what is put back. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { uniforms } from '../../fixtures/random.ts'
import { fieldsOf } from '../../pipeline/encoders/schema.ts'
import { families, familyNamed } from '../../pipeline/experts/index.ts'
import { Member } from '../../pipeline/member.ts'
import { normals } from './streams.ts'

const normal = normals(uniforms(1))
const records = Array.from({ length: 400 }, () => ({ x: normal(), y: normal() }))
const settings = { kernels: {}, families, seed: 1 }

/** A member fitted to the records, of which those are held back that `isHeld` names. */
function fitted(family: string, weight = 1, isHeld = (_: number) => false): Member {
  const kept = records.map((record, i) => ({
    record,
    treatment: isHeld(i) ? ('hold' as const) : ('learn' as const),
  }))
  const part = { family: familyNamed(family), fields: fieldsOf(records, new Map()), weight }
  return Member.fit(part, kept, { ...settings, options: { ...part.family.streamOptions, seed: 1 } })
}

function scoreOf(member: Member, record: object): number {
  member.encoder.encode({ ...record }, member.encoded)
  return member.score()
}

for (const family of ['prototype', 'rbm']) {
  test(`${family}: scores are relative, farther out is higher, and the weight multiplies them`, () => {
    const [one, three] = [fitted(family), fitted(family, 3)]
    assert.ok(Math.abs(scoreOf(one, { x: 0, y: 0 })) < 5)
    assert.ok(scoreOf(one, { x: 30, y: 0 }) > scoreOf(one, { x: 0, y: 0 }) + 2)
    assert.ok(scoreOf(one, { x: 3000, y: 0 }) > scoreOf(one, { x: 30, y: 0 }) + 2)
    for (const record of [...records.slice(0, 20), { x: 5 }, {}]) {
      const score = scoreOf(one, record)
      // One rounding of the product.
      assert.ok(Math.abs(scoreOf(three, record) - 3 * score) <= 2 ** -51 * Math.abs(score))
    }
  })

  test(`${family}: looking at a record changes nothing`, () => {
    const member = fitted(family)
    const before = JSON.stringify(member.state())
    for (const record of records) scoreOf(member, record)
    scoreOf(member, { x: 1 })
    assert.ok(JSON.stringify(member.state()) === before)
  })

  test(`${family}: put back it scores and learns the same`, () => {
    const member = fitted(family, 2, i => i % 7 === 0)
    const again = Member.restore(member.state(), settings)
    for (const record of records.slice(0, 50)) {
      assert.is(scoreOf(again, record), scoreOf(member, record))
      for (const each of [member, again]) each.take(record, 'learn')
    }
    assert.equal(again.state(), member.state())
  })
}

test('records that were held back are not learned', () => {
  const far = (i: number) => Math.abs(records[i].x) > 1.5
  const farthest = (member: Member) => {
    const { origin, unit } = member.encoder.fields[0].encoder.state() as Record<string, number>
    const centres = member.state().product['experts.centres'].data
    // The first of the two fields of the first expert, whose 16 centres stand there.
    return Math.max(...Array.from(centres.subarray(0, 16), place => Math.abs(origin + place * unit)))
  }
  assert.ok(farthest(fitted('prototype')) > 1.5)
  assert.ok(farthest(fitted('prototype', 1, far)) <= 1.5 + 1e-6)
})

test('what passes the gate reaches families that count, and not those that remember rows', () => {
  for (const [family, isLearned] of [
    ['rbm', true],
    ['prototype', false],
  ] as const) {
    const member = fitted(family)
    const before = JSON.stringify(member.state().product['experts.w'] ?? member.state().product.reservoir)
    scoreOf(member, { x: 1, y: 1 })
    member.take({ x: 1, y: 1 }, 'gate')
    const after = JSON.stringify(member.state().product['experts.w'] ?? member.state().product.reservoir)
    assert.is(before !== after, isLearned, family)
  }
})

test('what a field usually costs is no reason', () => {
  for (const family of ['prototype', 'rbm']) {
    const member = fitted(family)
    const costs = records.slice(0, 200).map(record => {
      member.encoder.encode(record, member.encoded)
      return [...member.excess()]
    })
    for (const field of [0, 1]) {
      const mean = costs.reduce((sum, each) => sum + each[field], 0) / costs.length
      const spread = Math.sqrt(costs.reduce((sum, each) => sum + (each[field] - mean) ** 2, 0) / costs.length)
      // The usual is a mean of about 85 of the 400 records, in the order in which they were learned.
      assert.ok(Math.abs(mean) < spread, `${family} ${field}: ${mean} of ${spread}`)
    }
    member.encoder.encode({ x: 9, y: 0 }, member.encoded)
    const [x, y] = member.excess()
    assert.ok(x > 1 && x > y, `${family}: ${x} ${y}`)
  }
})

test('only scores relative to the past have a level to add', () => {
  assert.is(fitted('rbm').level, 0)
  const member = fitted('prototype', 3)
  assert.ok(Math.abs(member.level - 3 * member.state().moments[1]) < 1e-12)
  assert.not.equal(member.level, 0)
})

test('a family that needs a reference is refused without, and one that needs none with it', () => {
  const { reference, ...without } = fitted('rbm').state()
  assert.throws(() => Member.restore(without, settings), /a reference for the family rbm.*got none/)
  const withOne = { ...fitted('prototype').state(), reference }
  assert.throws(() => Member.restore(withOne, settings), /for the family prototype.*got one/)
})

test('a number beyond its range for good outgrows it, but not while it is held back', () => {
  for (const isLearned of [true, false]) {
    const member = fitted('rbm')
    const outgrownAt = Array.from({ length: 400 }, () => {
      member.encoder.encode({ x: 1000, y: 0 }, member.encoded)
      member.take({ x: 1000, y: 0 }, isLearned ? 'learn' : 'hold')
      return member.outgrown
    }).indexOf(true)
    if (isLearned) assert.ok(outgrownAt > 300 && outgrownAt < 355, `${outgrownAt}`)
    else assert.is(outgrownAt, -1)
  }
})

test.run()
