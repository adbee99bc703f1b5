/** Every family keeps the contract, and has all that a family needs. */
import { existsSync, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { families, familyNamed } from '../../pipeline/experts/index.ts'
import { checkContract, type Reference } from '../contract.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))

for (const file of readdirSync(`${root}assembly/experts`)) {
  const name = file.replace(/\.ts$/, '')
  test(`${name} has a kernel, a model, an oracle, tests and a place in the list`, () => {
    for (const needed of [
      `pipeline/experts/${file}`,
      `test/reference/${file}`,
      `test/experts/${name}.test.ts`,
    ]) {
      assert.ok(existsSync(root + needed), `Expected ${needed} for the kernel assembly/experts/${file}.`)
    }
    assert.ok(
      families.some(family => family.name === name),
      `Expected ${name} in the list of pipeline/experts/all.ts, which the contract runs over.`,
    )
  })
}

test('every listed family has a kernel of its name', () => {
  for (const { name } of families) assert.ok(existsSync(`${root}assembly/experts/${name}.ts`), name)
})

test('a family is found by its name', () => {
  for (const family of families) assert.is(familyNamed(family.name), family)
  assert.throws(() => familyNamed('rmb'), /rbm.*got 'rmb'/)
})

for (const family of families) {
  checkContract(family, (await import(`../reference/${family.name}.ts`)) as Reference)
}

test.run()
