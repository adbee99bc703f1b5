/** A short run of the fuzzer over each target, every input that it ever found something with, and the fuzzer itself. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Choice } from '../../bench/fuzz/choose.ts'
import { Coverage } from '../../bench/fuzz/coverage.ts'
import { packed, unpacked } from '../../bench/fuzz/pack.ts'
import type { Target } from '../../bench/fuzz/target.ts'

// Before anything is imported whose coverage counts.
const coverage = new Coverage()
const { Fuzzer } = await import('../../bench/fuzz/fuzzer.ts')
const { targets } = await import('../../bench/fuzz/targets/index.ts')
const { mutatedJson } = await import('../../bench/fuzz/json.ts')

const test = suite('fuzz')
const folder = fileURLToPath(new URL('../../fixtures/fuzz/', import.meta.url))

for (const target of targets) {
  const own = `${folder}${target.name}/`
  for (const name of existsSync(own) ? readdirSync(own) : [])
    test(`${target.name}: ${name} does no harm any more`, () => target.run(readFileSync(own + name)))

  test(`${target.name}: two hundred mutated inputs do no harm`, () => {
    const fuzzer = new Fuzzer(target, coverage, 1)
    const seeds = fuzzer.progress.corpus
    while (fuzzer.progress.inputs < 200) fuzzer.step()
    assert.equal(
      fuzzer.findings.map(({ kind, reason }) => `${kind}: ${reason}`),
      [],
    )
    assert.ok(fuzzer.progress.corpus >= seeds)
  })
}

test('fixtures belong to targets', () => {
  const names = targets.map(({ name }) => name)
  for (const name of readdirSync(folder)) assert.ok(names.includes(name), name)
})

/** A target that is seeded with 'a' and no more. */
const planted = (run: (text: string) => void): Target => ({
  name: 'planted',
  seeds: () => [Buffer.from('a')],
  tokens: ['a', 'b'],
  run: input => run(input.toString('latin1')),
})

test('what is thrown is found once for each place, with the shortest of its inputs', () => {
  const target = planted(text => {
    if (text.includes('b')) throw new Error(`here: ${text}`)
    if (text.length > 3) throw new Error(`there: ${text}`)
  })
  const fuzzer = new Fuzzer(target, coverage, 2)
  for (let batch = 0; batch < 20; batch++) fuzzer.step()
  const found = fuzzer.findings.map(({ kind, input }) => `${kind} ${input.length}`).sort()
  assert.equal(found, ['crash 1', 'crash 4'])
})

test('what takes long is found', () => {
  // Three times, which is how often it is tried before it counts.
  let left = 3
  const target = planted(text => {
    if (text !== 'aa' || left-- <= 0) return
    const started = process.cpuUsage()
    while (process.cpuUsage(started).user < 1_020_000);
  })
  const fuzzer = new Fuzzer(target, coverage, 3)
  while (fuzzer.findings.length === 0 && fuzzer.progress.inputs < 5000) fuzzer.step()
  assert.equal(
    fuzzer.findings.map(({ kind, input }) => `${kind} ${input}`),
    ['hang aa'],
  )
})

test('inputs that reach new code are kept, so that a word is found one letter after the other', async () => {
  const { lock } = await import('./lock.ts')
  const target = { ...planted(lock), tokens: [...'abcdefghijklmnopqrstuvwxyz'] }
  const isOpened = (watched: RegExp, most: number) => {
    const own = new Coverage(watched)
    const fuzzer = new Fuzzer(target, own, 4)
    while (fuzzer.findings.length === 0 && fuzzer.progress.inputs < most) fuzzer.step()
    return fuzzer.findings.length > 0
  }
  // By chance alone it takes 26⁶ words.
  assert.equal([isOpened(/fuzz.lock/, 20_000), isOpened(/nothing/, 4000)], [true, false])
})

test('the same seed makes the same inputs', () => {
  const inputsOf = (seed: number) => {
    const seen: string[] = []
    const fuzzer = new Fuzzer(
      planted(text => seen.push(text)),
      coverage,
      seed,
    )
    for (let batch = 0; batch < 5; batch++) fuzzer.step()
    return seen.join('\n')
  }
  assert.is(inputsOf(5), inputsOf(5))
  assert.is.not(inputsOf(5), inputsOf(6))
})

test('mutated JSON is JSON, or nothing', () => {
  const choice = new Choice(7)
  let text = '{"a":[1,{"b":"x"}],"__proto__":{"c":null}}'
  for (let count = 0; count < 2000; count++) {
    const next = mutatedJson(text, choice)
    if (next !== undefined && next.length < 2000) text = next
    JSON.parse(text)
  }
  assert.is(mutatedJson('{"a":', choice), undefined)
})

test('inputs in a file come back', () => {
  const inputs = [Buffer.from('a'), Buffer.alloc(0), Buffer.from('bc')]
  assert.equal(unpacked(packed(inputs)), inputs)
})

test.run()
