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
import { startOf } from './model.ts'
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

async function inWorkerd({ Miniflare, Response }: Parts, script: string, start: string): Promise<Stages> {
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
      HOST: ({ url }: Request) => new Response(url.endsWith('/start') ? start : String(performance.now())),
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

export async function* coldStart(): AsyncGenerator<Finding> {
  const parts = partsOfRuntimes()
  const folder = mkdtempSync(join(tmpdir(), 'veto-cold-start-'))
  try {
    const { bytes, ...start } = startOf()
    const input = JSON.stringify(start)
    const scripts = {
      workerd: await bundled(parts, 'workerd', folder),
      node: await bundled(parts, 'node', folder),
    }
    const [workerd, node]: [Stages[], Stages[]] = [[], []]
    for (let turn = 0; turn < STARTS; turn++) {
      working(`start ${turn + 1} of ${STARTS}`)
      workerd.push(await inWorkerd(parts, scripts.workerd, input))
      node.push(inNode(scripts.node, input))
    }
    mention(`a model of 20 fields and ${Math.round(bytes / 1024)} kB, ${start.experts.join(', ')}`)
    mention(`${STARTS} fresh processes each, medians and ranges; kernels of workerd are compiled before`)
    tell('workerd', workerd)
    tell(`Node ${process.version}`, node)
    const resolution = median(workerd.map(({ empty }) => empty))
    mention(
      `the clock of workerd is its host's: an empty interval took up to ${resolution.toFixed(2)} ms more than usual`,
    )
    yield {
      what: 'workerd: instantiate, load a 20-field model, score a record: ms',
      figure: median(workerd.map(whole)),
      goal: GOAL,
      bound: 'most',
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
}
