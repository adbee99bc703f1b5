/**
 * npm run bench:prototypes: what a row costs a product of prototype experts, in microseconds, on both binaries.
 *
 * The binaries take turns, so that a slow second of the machine is everyone's. A figure is the fastest turn, which
 * other work on the machine disturbs least, and the median over the turns.
 * One core for everyone: `taskset -c 1 npm run bench:prototypes`.
 */

import { cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { uniforms } from '../fixtures/random.ts'
import type { Product } from '../pipeline/experts/product.ts'
import { prototype } from '../pipeline/experts/prototype.ts'
import { relaxed as relaxedKernels } from '../pipeline/relaxed.ts'

const usage = `npm run bench:prototypes -- [options]
  --fields D    9, 20 and 100 (default), may be given again
  --experts E   number of experts (default: the family's)
  --centres P   centres of an expert (default: the family's)
  --rounds N    turns that everyone takes (default 51)
  --ms N        length of a turn (default 5); short turns are seldom interrupted`

const { values: options } = parseArgs({
  options: {
    fields: { type: 'string', multiple: true, default: ['9', '20', '100'] },
    experts: { type: 'string' },
    centres: { type: 'string' },
    rounds: { type: 'string', default: '51' },
    ms: { type: 'string', default: '5' },
    help: { type: 'boolean', default: false },
  },
})

const ROWS = 256
/** Rows learned before anything is measured: every expert has its centres. */
const LEARNED = 4096

/** An engine without relaxed SIMD would run the plain binary twice. */
const hasRelaxed = WebAssembly.validate(Buffer.from(String(relaxedKernels.prototype), 'hex'))
const binariesHere = [false, true].filter(relaxed => !relaxed || hasRelaxed)

/** What is asked about one row. */
const operations: Readonly<Record<string, (product: Product, row: Float32Array) => unknown>> = {
  freeEnergy: (product, row) => product.freeEnergy(row),
  learnOne: (product, row) => product.learnOne(row),
  surprise: (product, row) => product.surprise(row),
  conditional: (product, row) => product.conditional(row, 0),
  'freeEnergy, two values missing': (product, row) => {
    const partial = row.slice()
    partial.fill(Number.NaN, 1, 3)
    return product.freeEnergy(partial)
  },
  reconstruct: (product, row) => product.reconstruct(row),
}

/** The fastest of several turns and their median. */
function summary(times: readonly number[]): string {
  const sorted = [...times].sort((a, b) => a - b)
  return `${sorted[0].toFixed(2)} (${sorted[sorted.length >> 1].toFixed(2)})`
}

/** Rows with one common cause and noise: centres differ in how near they are. */
function rowsOf(width: number): Float32Array[] {
  const uniform = uniforms(1)
  return Array.from({ length: ROWS }, () => {
    const shared = uniform()
    return Float32Array.from({ length: width }, () => shared + uniform())
  })
}

function productOf(width: number, relaxed: boolean): Product {
  const sizes = [['experts', options.experts] as const, ['centres', options.centres] as const]
  const given = Object.fromEntries(
    sizes.flatMap(([name, value]) => (value === undefined ? [] : [[name, Number(value)]])),
  )
  const product = prototype.create([{ kind: 'real', size: width }], given, relaxed ? relaxedKernels : {})
  const rows = rowsOf(width)
  for (let t = 0; t < LEARNED; t++) product.learnOne(rows[t % ROWS])
  return product
}

/** Microseconds a row, over about `ms` milliseconds. */
function turn(ask: () => void, ms: number): number {
  const start = process.hrtime.bigint()
  let count = 0
  let elapsed = 0
  do {
    for (let n = 0; n < 16; n++) ask()
    count += 16
    elapsed = Number(process.hrtime.bigint() - start) / 1000
  } while (elapsed < ms * 1000)
  return elapsed / count
}

function measure(width: number): void {
  const rows = rowsOf(width)
  const products = binariesHere.map(relaxed => productOf(width, relaxed))
  console.log(`\n${width} fields, µs a row: fastest turn (median)`)
  console.log(`| | ${binariesHere.map(relaxed => (relaxed ? 'relaxed' : 'plain')).join(' | ')} |`)
  console.log(`|---|${'---:|'.repeat(binariesHere.length)}`)
  for (const [name, operation] of Object.entries(operations)) {
    const times: number[][] = products.map(() => [])
    for (let round = 0; round < Number(options.rounds); round++) {
      for (const [n, product] of products.entries()) {
        let t = 0
        times[n].push(turn(() => operation(product, rows[t++ % ROWS]), Number(options.ms)))
      }
    }
    console.log(`| ${name} | ${times.map(summary).join(' | ')} |`)
  }
  for (const product of products) product.release()
}

if (options.help) console.log(usage)
else {
  console.log(`${cpus()[0].model}, Node ${process.version}, V8 ${process.versions.v8}`)
  for (const width of options.fields) measure(Number(width))
}
