/** Kernels at the limit of 128-bit SIMD: shares of the peak and ratios to rivals, as `npm run bench` measures them. */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { bench } from '../kernels/bench.ts'
import { nodes } from '../kernels/nodes.ts'
import { optionsOf } from '../kernels/options.ts'
import { STEADY } from '../kernels/print.ts'
import { resultsIn } from '../kernels/publish.ts'
import { six } from '../kernels/rbm-product.ts'
import type { Result } from '../kernels/result.ts'
import { rivalsPresent } from '../kernels/rivals.ts'
import { growth } from '../kernels/roofline.ts'
import type { Finding } from './finding.ts'
import { mention, working } from './progress.ts'

const sizes = six.map(({ name }) => name)
/** Where 80 % of the peak are promised, and where 60 %: the small ones fit into the first-level cache. */
const SHARES = { '784x500': 0.8, '256x500': 0.8, '100x40': 0.6, '64x32': 0.6, '4096x1024': 0.8 }
/** CD-1 steps, at most. */
const STEPS = { 'rbm/pcd4': 2.6, 'rbm/cd1-full': 1.25, 'rbm/cd5': 3.6 }

const isNewest = ({ node, target }: Result) => node.startsWith('v24.') && target === 'relaxed'
const isOldest = ({ node, target }: Result) => node.startsWith('v20.') && target === 'plain'

/** What was promised of the results of one run. What the run did not measure is NaN, which keeps no promise. */
export function* promises(results: readonly Result[]): Generator<Finding> {
  const of = (kernel: string, size: string, on: (result: Result) => boolean = isNewest) =>
    results.find(result => result.kernel === kernel && result.size === size && on(result))
  const timeOf = (...where: Parameters<typeof of>) => of(...where)?.median ?? Number.NaN
  const stepsOf = (kernel: string, size: string) => of(kernel, size)?.steps ?? Number.NaN
  const shareOf = (kernel: string, size: string) => of(kernel, size)?.ofPeak ?? Number.NaN

  yield {
    what: "the machine was at rest: the peak's fastest turn over its median one, least of all sizes",
    figure: Math.min(...results.map(({ ceiling }) => ceiling.steadiness ?? Number.NaN)),
    goal: STEADY,
  }
  for (const [size, goal] of Object.entries(SHARES))
    yield { what: `CD-1 at ${size}: share of the peak`, figure: shareOf('rbm/cd1', size), goal }
  for (const size of sizes) {
    const rivals = of('rbm/cd1', size)?.rivals ?? {}
    const goals = { openblas: 1.3, sklearn: size === '64x32' ? 100 : 20, pytorch: 1 }
    for (const [name, goal] of Object.entries(goals))
      yield {
        what: `CD-1 at ${size}: times as fast as ${name}`,
        figure: rivals[name]?.times ?? Number.NaN,
        goal,
      }
    yield {
      what: `CD-1 at ${size}: Node 20 plain, times as long as Node 24 relaxed`,
      figure: timeOf('rbm/cd1', size, isOldest) / timeOf('rbm/cd1', size),
      goal: 1.35,
      bound: 'most',
    }
  }
  for (const [kernel, goal] of Object.entries(STEPS)) {
    for (const size of sizes.filter(size => of(kernel, size)))
      yield { what: `${kernel} at ${size}: CD-1 steps`, figure: stepsOf(kernel, size), goal, bound: 'most' }
    if (!results.some(result => result.kernel === kernel))
      yield { what: `${kernel}: CD-1 steps`, figure: Number.NaN, goal, bound: 'most' }
  }
  const oneHot = { 'sparse/one-hot-exact': 0.6, 'sparse/one-hot-mh': 0.15 }
  for (const [kernel, goal] of Object.entries(oneHot))
    yield {
      what: `${kernel} at 640x64: share of the dense kernel's time`,
      figure: stepsOf(kernel, '640x64'),
      goal,
      bound: 'most',
    }
  yield {
    what: 'sparse/one-hot-mh: 65,536 states, times as long as 640',
    figure: timeOf('sparse/one-hot-mh', '65536x64') / timeOf('sparse/one-hot-mh', '640x64'),
    goal: 2,
    bound: 'most',
  }
  yield {
    what: 'free energies at 784x500: share of the peak',
    figure: shareOf('rbm/free-energies', '784x500'),
    goal: 0.85,
  }
  yield {
    what: 'surprise of 20 fields of 16 bins: CD-1 steps',
    figure: stepsOf('rbm/surprise', '320x64'),
    goal: 4,
    bound: 'most',
  }
  yield {
    what: 'CD-1 up to 16384x4096: time grows with that power of D × H',
    figure: growth(results.filter(result => result.kernel === 'rbm/cd1' && isNewest(result))),
    goal: 1.1,
    bound: 'most',
  }
}

/** Does the Metropolis–Hastings chain stay where it starts when that is the model's distribution? */
function stationarity(): Finding {
  const test = fileURLToPath(new URL('../../scripts/test.mjs', import.meta.url))
  const { status } = spawnSync(process.execPath, [test, 'sparse-sampler'], { stdio: 'ignore' })
  return {
    what: 'chains that start at the distribution stay there (1: yes)',
    figure: Number(status === 0),
    goal: 1,
  }
}

/** This Node, and those that npm provides where it can. */
function present(): string[] {
  try {
    return nodes([], true)
  } catch (error) {
    mention((error as Error).message)
    return nodes([], false)
  }
}

async function measured(): Promise<Result[]> {
  const options = optionsOf(['--kernel', 'rbm/', '--kernel', 'sparse/', '--sweep'])
  const plan = {
    events: options.events,
    nodes: present(),
    rivals: rivalsPresent(options.python),
    pace: options.pace,
    memory: false,
    progress: working,
  }
  const results: Result[] = []
  for await (const result of bench(plan)) results.push(result)
  return results
}

/** @param file results that `npm run bench -- --save FILE` has written; empty: they are measured now */
export async function* kernels(file: string): AsyncGenerator<Finding> {
  const results = file === '' ? await measured() : resultsIn(file)
  const [{ ceiling }] = results
  mention(`${ceiling.processor}, ${ceiling.gigaflops?.toFixed(1)} GFLOP/s (${ceiling.measuredBy})`)
  yield* promises(results)
  yield stationarity()
}
