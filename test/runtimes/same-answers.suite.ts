/**
 * Every runtime installs the package, learns the same streams, scores, explains, denoises and saves, and answers the same
 * to the last bit. Every model that one of them wrote is loaded by every other and goes on as if it had never left. Only
 * relaxed SIMD may differ, within the bound that is derived in shared/relaxed.ts.
 */
import { rmSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Host } from './hosts/host.ts'
import { startAll } from './hosts/index.ts'
import { emptyFolder, installPackage } from './parts.ts'
import type { Answer, Question } from './shared/answer.ts'

const folder = emptyFolder('installed')
installPackage(folder)
const hosts = await startAll(folder)
const [first, ...others] = hosts
const test = suite('the same answers')
test.after(async () => {
  for (const host of hosts) await host.stop()
  rmSync(folder, { recursive: true })
})

/** Names under which two hosts do not answer the same. */
const differing = (one: Answer, other: Answer): string[] =>
  [...new Set([...Object.keys(one.hashes), ...Object.keys(other.hashes)])].filter(
    name => one.hashes[name] !== other.hashes[name],
  )

/** Where two hosts differ, in the words of both: which items of the first list that is not the same. */
async function difference(one: Host, other: Host, question: Question, list: string): Promise<string> {
  const lists = await Promise.all([one, other].map(host => host.ask({ ...question, list })))
  const [mine, yours] = lists.map(answer => answer.list ?? [])
  const places = [...mine.keys()].filter(place => mine[place] !== yours[place]).slice(0, 5)
  const lines = places.map(
    place => `  item ${place}: ${mine[place].slice(0, 200)} | ${yours[place]?.slice(0, 200)}`,
  )
  return `${list}: ${mine.length} and ${yours.length} items\n${lines.join('\n')}`
}

async function assertSame(host: Host, question: Question, expected: Answer, got: Answer): Promise<void> {
  const names = differing(expected, got)
  if (names.length === 0) return
  const where = await difference(first, host, question, names[0])
  throw new Error(
    `${host.name} differs from ${first.name} in ${names.length} answers: ${names.join('; ')}\n${where}`,
  )
}

/** As many at a time as there are processors, in the order of the hosts; also those of other calls are waited for. */
const lines = Array.from({ length: availableParallelism() }, () => Promise.resolve())
function askAll(question: Question): Map<Host, Promise<Answer>> {
  const asked = hosts.map((host, n): [Host, Promise<Answer>] => {
    const line = n % lines.length
    const answer = lines[line].then(() => host.ask(question))
    lines[line] = answer.then(
      () => {},
      () => {},
    )
    return [host, answer]
  })
  return new Map(asked)
}

const asked = askAll({})
const answers = new Map<Host, Answer>()
const expected = await asked.get(first)!
answers.set(first, expected)

test(`${first.name} answers, and twice the same`, async () => {
  assert.ok(Object.keys(expected.hashes).length > 500)
  await assertSame(first, {}, expected, await first.ask({}))
})

for (const host of others) {
  test(`${host.name} answers as ${first.name}, bit by bit`, async () => {
    const answer = await asked.get(host)!
    answers.set(host, answer)
    await assertSame(host, {}, expected, answer)
    assert.equal(answer.models, expected.models)
  })
}

test('every model goes on in every runtime as in the one that wrote it', async () => {
  assert.is(answers.size, hosts.length, 'a runtime did not answer')
  // Loading the same bytes is the same test, whoever wrote them: what several runtimes wrote alike is loaded once.
  const written = new Map<string, Host>()
  for (const [writer, { models }] of answers) {
    const text = JSON.stringify(models)
    if (!written.has(text)) written.set(text, writer)
  }
  const differences: string[] = []
  for (const [text, writer] of written) {
    const models = JSON.parse(text)
    const home = await writer.ask({ models })
    assert.ok(Object.keys(home.hashes).length > 100)
    for (const [reader, answer] of askAll({ models })) {
      const names = differing(home, await answer)
      if (names.length > 0)
        differences.push(`${reader.name} with models of ${writer.name}: ${names.join('; ')}`)
    }
  }
  assert.equal(differences, [])
})

const compared = askAll({ relaxed: true })
for (const host of hosts) {
  test(`${host.name}: relaxed SIMD differs from plain SIMD by no more than its bound`, async () => {
    const { comparisons } = await compared.get(host)!
    // Modules for it are compiled ahead by the Node that runs these tests, which may be one without relaxed SIMD.
    if (host.name === 'edge-runtime') return
    const names = Object.keys(comparisons ?? {})
    assert.ok(names.includes('rbm') && names.includes('detector'))
    for (const [name, { plain, relaxed, bounds }] of Object.entries(comparisons!)) {
      assert.ok(plain.length >= 100 && plain.every(Number.isFinite), name)
      for (const [n, bound] of bounds.entries()) {
        const apart = Math.abs(plain[n] - relaxed[n])
        assert.ok(apart <= bound, `${name}, row ${n}: ${plain[n]} and ${relaxed[n]}, bound ${bound}`)
      }
    }
  })
}

test('without relaxed SIMD in the engine, plain kernels run instead', async () => {
  // V8 has it since 11.4, Node since 21.
  const { comparisons } = await compared.get(first)!
  for (const { plain, relaxed } of Object.values(comparisons!)) assert.equal(relaxed, plain)
})

test('a kernel of the program, and a detector of one family, answer as everything does', () => {
  for (const [host, { hashes }] of answers) {
    assert.ok(hashes['kernel: of everything'])
    assert.is(hashes['kernel: of veto/core'], hashes['kernel: of everything'], host.name)
    assert.is(hashes['kernel: of the program'], hashes['kernel: of everything'], host.name)
  }
})

test.run()
