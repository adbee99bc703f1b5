/**
 * npm run bench:detection: how well anomalies are found in labelled tables, this project beside its rivals.
 *
 * Every record is scored before it is learned where the method allows it, in one pass over the file as it is; figures
 * are over the records after the first tenth, at most 256, and means over the seeds: what `veto eval` prints.
 */
import { parseArgs } from 'node:util'
import { fieldNames } from '../../cli/flag-values.ts'
import { type Contestant, rivals, veto } from './contestants.ts'
import { type LabelledSet, setsIn } from './labelled-set.ts'
import { differencesTable, figuresTable } from './print.ts'
import { outcomes, type SetOutcome } from './protocol.ts'
import { mask, permute, rescale, type Spoiler } from './spoil.ts'

const usage = `npm run bench:detection -- [FOLDER|FILE] [options]
  FOLDER          labelled files, *.csv or *.ndjson, also .gz; without it the environment variable VETO_DATA
  --sets A,B      only these of the folder, by their names without endings
  --seeds K       mean over the seeds 1 to K (default 3)
  --experts A,B   families to compare in place of the default alone
  --peers A,B     rivals whose names begin like this, whatever the case; none for none (default: all)
  --python FILE   a Python that has scikit-learn, whose detectors take part too (default /usr/bin/python3)
  --mask P        also with each value missing with probability P, and the difference
  --permute       also with the columns in another order, and the difference
  --rescale       also with one column times a million, and the difference
  --label NAME    the label's field (default: label, or else the last one)
  --normal VALUE  the label of normal records (default 0)
  --header A,B    names of the columns of CSV files without a header
  --limit N       records read of each file
  --thin N        of each run of anomalies only the first and then every N-th
  --json          one JSON object for each set and contestant`

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    sets: { type: 'string' },
    seeds: { type: 'string', default: '3' },
    experts: { type: 'string' },
    peers: { type: 'string' },
    python: { type: 'string', default: '/usr/bin/python3' },
    mask: { type: 'string' },
    permute: { type: 'boolean', default: false },
    rescale: { type: 'boolean', default: false },
    label: { type: 'string' },
    normal: { type: 'string' },
    header: { type: 'string' },
    limit: { type: 'string' },
    thin: { type: 'string' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

/** A whole number from 1, or nothing. */
function count(name: 'seeds' | 'limit' | 'thin'): number | undefined {
  const text = options[name]
  if (text === undefined || /^[1-9]\d*$/.test(text)) return text === undefined ? undefined : Number(text)
  throw new RangeError(`Expected a whole number from 1 for --${name}, got '${text}'.`)
}

/** The sets that are wanted. */
function chosen(path: string): LabelledSet[] {
  const header = options.header === undefined ? undefined : fieldNames(options.header)
  const { label, normal } = options
  const all = setsIn(path, { label, normal, header, limit: count('limit'), thin: count('thin') })
  const wanted = options.sets?.split(',') ?? all.map(({ name }) => name)
  const unknown = wanted.filter(name => !all.some(set => set.name === name))
  if (unknown.length > 0)
    throw new RangeError(`Expected sets of ${path}, got ${unknown.join(', ')} for --sets.`)
  return all.filter(({ name }) => wanted.includes(name))
}

function contestants(): Contestant[] {
  const own = options.experts?.split(',').map(experts => veto(experts)) ?? [veto()]
  if (options.peers === 'none') return own
  const all = rivals(options.python)
  const wanted = options.peers?.toLowerCase().split(',')
  if (!wanted) return [...own, ...all]
  const matches = (start: string) => all.filter(({ name }) => name.toLowerCase().startsWith(start))
  const unknown = wanted.find(start => matches(start).length === 0)
  if (unknown !== undefined)
    throw new RangeError(`Expected rivals of ${all.map(({ name }) => name).join(', ')}, got '${unknown}'.`)
  return [...own, ...all.filter(rival => wanted.some(start => matches(start).includes(rival)))]
}

function spoilers(): Spoiler[] {
  const probability = Number(options.mask ?? 0)
  if (!(probability >= 0 && probability < 1))
    throw new RangeError(`Expected a probability below 1 for --mask, got '${options.mask}'.`)
  return [
    ...(probability > 0 ? [mask(probability)] : []),
    ...(options.permute ? [permute] : []),
    ...(options.rescale ? [rescale(1e6)] : []),
  ]
}

function printLines({ reached, ...outcome }: SetOutcome): void {
  for (const each of reached) console.log(JSON.stringify({ ...outcome, ...each }))
}

function printTables(all: readonly SetOutcome[], spoilt: readonly Spoiler[]): void {
  const plain = all.filter(({ spoiler }) => spoiler === undefined)
  console.log([figuresTable(plain, 'rocAuc'), figuresTable(plain, 'averagePrecision')].join('\n'))
  for (const { name } of spoilt) {
    const after = all.filter(({ spoiler }) => spoiler === name)
    console.log(differencesTable(plain, after, 'rocAuc'))
    console.log(differencesTable(plain, after, 'averagePrecision'))
  }
}

async function main(path: string): Promise<void> {
  const spoilt = spoilers()
  const protocol = {
    sets: chosen(path),
    contestants: contestants(),
    spoilers: [undefined, ...spoilt],
    seeds: Array.from({ length: count('seeds')! }, (_, index) => index + 1),
  }
  const all: SetOutcome[] = []
  for await (const outcome of outcomes(protocol)) {
    all.push(outcome)
    if (options.json) printLines(outcome)
    else if (process.stderr.isTTY) console.error(`${outcome.set} ${outcome.spoiler ?? ''}`)
  }
  if (!options.json) printTables(all, spoilt)
}

const path = positionals[0] ?? process.env.VETO_DATA
if (options.help || path === undefined) console.log(usage)
else await main(path)
