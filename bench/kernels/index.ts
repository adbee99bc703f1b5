/** npm run bench: the kernels checked, timed, and compared with the peak of the processor and with rivals. */
import { appendFileSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { bench } from './bench.ts'
import { nodes } from './nodes.ts'
import { type Options, optionsOf, usage } from './options.ts'
import { table } from './print.ts'
import { publish } from './publish.ts'
import { inJson, type Result } from './result.ts'
import { rivalsPresent } from './rivals.ts'
import { wasmRival } from './wasm-rival.ts'

function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`)
}

/** The first result replaces what was there; a run that fails before it leaves that alone. */
function save(file: string, result: Result, isFirst: boolean): void {
  const write = isFirst ? writeFileSync : appendFileSync
  write(file, `${inJson(result)}\n`)
}

/** Results as they come, a line or a table of a size at a time. */
async function report(options: Options): Promise<void> {
  const results: Result[] = []
  const plan = {
    events: options.events,
    nodes: nodes(options.nodes, options.fetch),
    rivals: [
      ...(options.peers ? rivalsPresent(options.python) : []),
      ...options.modules.map(file => wasmRival(file, options.panel)),
    ],
    pace: options.pace,
    memory: options.memory,
    progress,
  }
  const print = (size: string) => console.log(table(results.filter(result => result.size === size)))
  if (!options.json) console.log(`${cpus()[0].model.trim()}, ${options.pace.rounds} rounds`)
  for await (const result of bench(plan)) {
    const before = results.at(-1)?.size
    progress('')
    if (options.save !== undefined) save(options.save, result, results.length === 0)
    if (options.json) console.log(inJson(result))
    else if (before !== undefined && before !== result.size) print(before)
    results.push(result)
  }
  const last = results.at(-1)
  if (!options.json && last) print(last.size)
}

async function main(): Promise<void> {
  const options = optionsOf(process.argv.slice(2))
  if (options.help) return console.log(usage)
  if (options.publish) return publish()
  await report(options)
}

// Whoever reads has had enough, as `head` has.
process.stdout.on('error', () => process.exit(0))

try {
  await main()
} catch (error) {
  progress('')
  console.error((error as Error).message)
  process.exitCode = 1
}
