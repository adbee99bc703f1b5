/**
 * Cold starts: from a fresh workerd to the score of one record, in workerd itself, each time in a process of its own.
 * miniflare and esbuild come from test/runtimes/, where `npm run test:runtimes` installs them.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Finding } from '../finding.ts'
import { mention, working } from '../progress.ts'
import { canCount, processorTime, wallTime } from './clock.ts'
import { sources, startOf } from './model.ts'
import { type Stages, stageNames } from './stages.ts'

const STARTS = 24
const GOAL = 15

/** What is used of miniflare and esbuild, which are not installed for everyone. */
interface Miniflare {
  dispatchFetch(url: string): Promise<Response>
  dispose(): Promise<void>
}
interface Parts {
  readonly Miniflare: new (options: object) => Miniflare
  readonly Response: new (body: string) => Response
  readonly build: (options: object) => Promise<unknown>
}

function partsOfRuntimes(): Parts {
  try {
    const require = createRequire(new URL('../../../test/runtimes/package.json', import.meta.url))
    return { ...require('miniflare'), build: require('esbuild').build }
  } catch (error) {
    throw new Error(
      'Expected miniflare and esbuild in test/runtimes/; npm run test:runtimes installs them.',
      {
        cause: error,
      },
    )
  }
}

/** Bundle the stages for a runtime; the path of the bundle. */
async function bundled({ build }: Parts, entry: 'workerd' | 'node', folder: string): Promise<string> {
  const outfile = join(folder, entry, 'index.mjs')
  await build({
    entryPoints: [fileURLToPath(new URL(`${entry}.ts`, import.meta.url))],
    outfile,
    bundle: true,
    minify: true,
    format: 'esm',
    platform: entry === 'node' ? 'node' : 'neutral',
    mainFields: ['module', 'main'],
    conditions: entry === 'workerd' ? ['workerd'] : [],
    loader: { '.wasm': 'copy' },
    logLevel: 'silent',
  })
  return outfile
}

async function inWorkerd(
  { Miniflare, Response }: Parts,
  script: string,
  start: string,
  clock: () => number,
): Promise<Stages> {
  const miniflare = new Miniflare({
    modules: true,
    scriptPath: script,
    modulesRoot: join(script, '..'),
    modulesRules: [
      { type: 'ESModule', include: ['**/*.mjs'] },
      { type: 'CompiledWasm', include: ['**/*.wasm'] },
    ],
    compatibilityDate: '2025-06-01',
    serviceBindings: {
      HOST: ({ url }: Request) => new Response(url.endsWith('/start') ? start : String(clock())),
    },
  })
  try {
    const response = await miniflare.dispatchFetch('http://worker/')
    if (!response.ok) throw new Error(`Expected the stages in workerd, got: ${await response.text()}`)
    return (await response.json()) as Stages
  } finally {
    await miniflare.dispose()
  }
}

function inNode(script: string, start: string): Stages {
  const { status, stdout, stderr } = spawnSync(process.execPath, [script], { input: start, encoding: 'utf8' })
  if (status !== 0) throw new Error(`Expected the stages in Node, got: ${stderr}`)
  return JSON.parse(stdout) as Stages
}

const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[values.length >> 1]
const whole = (stages: Stages) => stageNames.reduce((sum, name) => sum + stages[name], 0)

function tell(runtime: string, starts: readonly Stages[]): void {
  const totals = starts.map(whole)
  const parts = stageNames.map(name => `${name} ${median(starts.map(stages => stages[name])).toFixed(1)}`)
  const range = `${Math.min(...totals).toFixed(1)} to ${Math.max(...totals).toFixed(1)}`
  mention(`${runtime}: ${parts.join(', ')}; together ${median(totals).toFixed(1)} (${range}) ms`)
}

/** Starts with a model of these fields, in both runtimes in turn. */
async function startWith(
  fields: keyof typeof sources,
  parts: Parts,
  scripts: { readonly workerd: string; readonly node: string },
): Promise<Finding> {
  const { bytes, ...start } = startOf(fields)
  const input = JSON.stringify(start)
  const [workerd, counted, node]: Stages[][] = [[], [], []]
  for (let turn = 0; turn < STARTS; turn++) {
    working(`start ${turn + 1} of ${STARTS}`)
    workerd.push(await inWorkerd(parts, scripts.workerd, input, wallTime))
    if (canCount) counted.push(await inWorkerd(parts, scripts.workerd, input, processorTime))
    node.push(inNode(scripts.node, input))
  }
  mention(`a model of 20 fields (${fields}) and ${Math.round(bytes / 1024)} kB, ${start.experts.join(', ')}`)
  tell('workerd', workerd)
  if (canCount) tell('workerd, processor time of its thread', counted)
  tell(`Node ${process.version}`, node)
  const resolution = median(workerd.map(({ empty }) => empty))
  mention(
    `the clock of workerd is its host's: an empty interval took ${resolution.toFixed(2)} ms too many at worst`,
  )
  return {
    what: `workerd: instantiate, load a model of 20 fields (${fields}), score a record: ms`,
    figure: median(workerd.map(whole)),
    goal: GOAL,
    bound: 'most',
  }
}

export async function* coldStart(): AsyncGenerator<Finding> {
  const parts = partsOfRuntimes()
  const folder = mkdtempSync(join(tmpdir(), 'veto-cold-start-'))
  try {
    const scripts = {
      workerd: await bundled(parts, 'workerd', folder),
      node: await bundled(parts, 'node', folder),
    }
    mention(`${STARTS} fresh processes each, medians and ranges; kernels of workerd are compiled before`)
    for (const fields of Object.keys(sources) as (keyof typeof sources)[])
      yield await startWith(fields, parts, scripts)
  } finally {
    rmSync(folder, { recursive: true })
  }
}
