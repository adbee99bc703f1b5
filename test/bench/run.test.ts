/** A short run from end to end, and the page that shows the saved results. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { bench, type Plan } from '../../bench/kernels/bench.ts'
import { checkAgreement } from '../../bench/kernels/engine.ts'
import { optionsOf } from '../../bench/kernels/options.ts'
import { drawn, roofline, timeAgainstSize } from '../../bench/kernels/plots.ts'
import { figures, resultsIn, savedResults } from '../../bench/kernels/publish.ts'
import type { Result } from '../../bench/kernels/result.ts'

const rival = {
  name: 'someone',
  version: '1.2',
  comparable: false,
  load: async () => {},
  learn: async (count: number) => 1000 * count,
  parameters: async () => ({ w: new Float32Array(), b: new Float32Array(), c: new Float32Array() }),
  close: () => {},
}

test('a run gives a result for each kernel, size and engine, with the ratios', async () => {
  const plan: Plan = {
    events: optionsOf(['--kernel', 'rbm/cd1', '--kernel', 'rbm/cd5', '--size', '24x12']).events,
    nodes: [process.execPath, process.execPath],
    rivals: [rival],
    pace: { rounds: 3, milliseconds: 1 },
    memory: false,
    progress: () => {},
  }
  const results: Result[] = []
  for await (const result of bench(plan)) results.push(result)
  const targets = new Set(results.map(({ target }) => target))
  // A Node that is named twice takes part once.
  assert.is(results.length, 2 * targets.size)
  for (const { kernel, size, node, median, fastest, rounds, steps, rivals, gigaflops } of results) {
    assert.is(size, '24x12')
    assert.is(node, process.version)
    assert.is(rounds, 3)
    assert.ok(fastest > 0 && fastest <= median)
    if (kernel === 'rbm/cd5') {
      // How long is measured, and depends on what else the machine does.
      assert.ok(steps! > 0)
      assert.equal(rivals, {})
    } else {
      assert.is(steps, 1)
      assert.is(rivals.someone.median, 1000)
      assert.ok(rivals.someone.times > 1)
      // The median of the reciprocals is the reciprocal of the median for an odd number of rounds.
      assert.ok(Math.abs((gigaflops! * median * 1000) / (8 * 24 * 12) - 1) < 1e-9)
    }
  }
})

test('a Node that cannot be started, or does not answer, ends the run and says so', async () => {
  for (const [node, why] of [
    ['/no/such/node', /ENOENT/],
    [process.platform === 'win32' ? 'where' : 'true', /but it ended/],
  ] as const) {
    const { events, pace } = optionsOf(['--kernel', 'rbm/cd1', '--size', '3x3', '--rounds', '1', '--ms', '1'])
    const plan = {
      events,
      pace,
      nodes: [process.execPath, node],
      rivals: [],
      memory: false,
      progress: () => {},
    }
    let message = ''
    try {
      for await (const _ of bench(plan)) assert.unreachable()
    } catch (error) {
      message = (error as Error).message
    }
    assert.match(message, why)
  }
})

test('what is no file of results is refused with what it is', () => {
  const folder = mkdtempSync(join(tmpdir(), 'veto-results-'))
  const file = join(folder, 'results.jsonl')
  assert.throws(() => resultsIn(file), /Expected results of .* got ENOENT/)
  for (const [text, got] of [
    ['', /an empty file/],
    ['{"a":1}\n', /something else in line 1/],
    [`${JSON.stringify(savedResults()[0])}\nkernel\n`, /something else in line 2/],
  ] as const) {
    writeFileSync(file, text)
    assert.throws(() => resultsIn(file), got)
  }
  rmSync(folder, { recursive: true })
})

test('a kernel that its oracle contradicts ends the run', () => {
  checkAgreement(1, 'rbm/cd1')
  for (const error of [1.1, Number.POSITIVE_INFINITY, Number.NaN])
    assert.throws(
      () => checkAgreement(error, 'rbm/cd1'),
      /Expected rbm\/cd1 to agree with its float64 oracle/,
    )
})

test('docs/performance.md shows the saved results', () => {
  const page = readFileSync(new URL('../../docs/performance.md', import.meta.url), 'utf8')
  assert.ok(page.includes(figures(savedResults())), 'run npm run bench -- --publish')
  for (const [, file] of page.matchAll(/!\[[^\]]*\]\(([^)]+)\)/g))
    assert.ok(existsSync(new URL(`../../docs/${file}`, import.meta.url)), file)
})

test('plots are drawn from saved results', async () => {
  const results = savedResults()
  for (const plot of [timeAgainstSize(results), roofline(results)])
    assert.match(await drawn(plot), /^<svg [\s\S]*<path[\s\S]*<\/svg>$/)
})

test.run()
