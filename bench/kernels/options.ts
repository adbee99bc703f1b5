/** The command line of `npm run bench`. */
import { parseArgs } from 'node:util'
import type { Event, Plan } from './bench.ts'
import { kernelNamed, kernels } from './catalogue.ts'
import { type Kernel, type Size, size } from './kernel.ts'
import { sizeNamed } from './sizes.ts'

export const usage = `npm run bench -- [options]
  Checks every kernel against its float64 oracle, then times kernels and rivals in turn. taskset -c 1 npm run bench
  keeps everyone on one core.

  --kernel NAME   one kernel, or all whose names contain that text, may be given again:
                  ${[...new Set(kernels.map(({ name }) => name))].join(' ')}
  --size DxH      instead of all sizes of each kernel, may be given again
  --quick         784x500, 64x32, 640x64 and 320x64 where a kernel has them, few rounds, no rivals, no memory
  --node FILE     another Node, may be given again
  --nodes         Node 20, 22 and 24 as npm provides them
  --rounds N      turns that everyone takes (default 21, quick 7)
  --ms N          length of a turn (default 10, quick 5)
  --no-peers      without rivals
  --python FILE   a Python for rivals in it, may be given again (default python3 and /usr/bin/python3)
  --module FILE   a kernel of another origin as a rival, may be given again: bench/peers/README.md has its exports
  --panel ROWS    rows of W that kernels given with --module work on at a time, where they have setPanel
  --json          one object a kernel, size and engine instead of tables
  --save FILE     the same into a file
  --sweep         rbm/cd1 at sizes from 64x16 to 16384x4096 as well
  --publish       nothing of that: tables and plots of docs/performance.md from docs/performance/results.jsonl`

export interface Options {
  readonly help: boolean
  readonly publish: boolean
  readonly json: boolean
  readonly save?: string
  readonly peers: boolean
  readonly fetch: boolean
  readonly nodes: readonly string[]
  readonly python: readonly string[]
  readonly modules: readonly string[]
  readonly panel?: number
  readonly pace: Plan['pace']
  readonly memory: boolean
  readonly events: readonly Event[]
}

const QUICK = ['784x500', '64x32', '640x64', '320x64']

/** The oracle has all weights as lists of numbers; what is larger than this is the same kernel as what is checked. */
const MOST_CHECKED = 2 ** 22

/** Four visible units for a hidden one, from what fits into the first-level cache to what fits into none. */
function sweep(): Event[] {
  const kernel = kernelNamed('rbm/cd1')
  return Array.from({ length: 9 }, (_, k) => size(64 << k, 16 << k)).map(size => event(kernel, size))
}

const event = (kernel: Kernel, size: Size): Event => ({
  kernel,
  size,
  unchecked: size.width * size.hidden > MOST_CHECKED,
})

function wholeNumber(name: string, value: string | undefined, usual: number): number {
  const number = Number(value ?? usual)
  if (Number.isInteger(number) && number > 0) return number
  throw new RangeError(`Expected --${name} as a whole number above 0, got '${value}'.`)
}

function eventsOf(patterns: readonly string[], sizes: readonly string[], quick: boolean): Event[] {
  const matches = (name: string) => (pattern: string) =>
    kernels.some(kernel => kernel.name === pattern) ? name === pattern : name.includes(pattern)
  const chosen = kernels.filter(({ name }) => patterns.length === 0 || patterns.some(matches(name)))
  if (chosen.length === 0) {
    throw new RangeError(
      `Expected --kernel as a part of ${kernels.map(({ name }) => name).join(', ')}, got ${patterns.join(', ')}.`,
    )
  }
  return chosen.flatMap(kernel => {
    const named = sizes.map(size => sizeNamed(kernel, size)).filter(size => size !== undefined)
    const short = kernel.sizes.filter(({ name }) => QUICK.includes(name))
    const usual = !quick ? kernel.sizes : short.length > 0 ? short : kernel.sizes.slice(0, 1)
    return (sizes.length > 0 ? named : usual).map(size => event(kernel, size))
  })
}

/** Throws a RangeError for what is wrong with them. */
export function optionsOf(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      kernel: { type: 'string', multiple: true, default: [] },
      size: { type: 'string', multiple: true, default: [] },
      quick: { type: 'boolean', default: false },
      node: { type: 'string', multiple: true, default: [] },
      nodes: { type: 'boolean', default: false },
      rounds: { type: 'string' },
      ms: { type: 'string' },
      'no-peers': { type: 'boolean', default: false },
      python: { type: 'string', multiple: true, default: ['python3', '/usr/bin/python3'] },
      // Not `wasm`: the AssemblyScript compiler looks for that among the arguments of whatever process it runs in.
      module: { type: 'string', multiple: true, default: [] },
      panel: { type: 'string' },
      json: { type: 'boolean', default: false },
      save: { type: 'string' },
      sweep: { type: 'boolean', default: false },
      publish: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  const { quick } = values
  const events = [...eventsOf(values.kernel, values.size, quick), ...(values.sweep ? sweep() : [])]
  if (events.length === 0) {
    throw new RangeError(`Expected a size that one of these kernels has, got ${values.size.join(', ')}.`)
  }
  if (values.publish && values.save !== undefined) {
    throw new RangeError('Expected --publish by itself: it shows what an earlier run has saved.')
  }
  return {
    help: values.help,
    publish: values.publish,
    json: values.json,
    save: values.save,
    peers: !quick && !values['no-peers'],
    fetch: values.nodes,
    nodes: values.node,
    python: values.python,
    modules: values.module,
    panel: values.panel === undefined ? undefined : wholeNumber('panel', values.panel, 0),
    memory: !quick,
    pace: {
      rounds: wholeNumber('rounds', values.rounds, quick ? 7 : 21),
      milliseconds: wholeNumber('ms', values.ms, quick ? 5 : 10),
    },
    events,
  }
}
