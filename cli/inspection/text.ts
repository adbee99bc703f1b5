/** What a person reads of a model: tables with names on the left. Names and values come from data. */
import { grouped } from '../io/report.ts'
import { visible } from '../io/terminal.ts'
import type { Description } from './description.ts'
import type { FieldLikelihood, MeanOfRecords, ProductLikelihood } from './likelihoods.ts'

/** Columns as wide as their widest cell, two blanks apart. */
function tableOf(rows: readonly (readonly string[])[]): string {
  const shown = rows.map(row => row.map(visible))
  const widths = shown[0].map((_, at) => Math.max(...shown.map(row => row[at].length)))
  return shown
    .map(row => `${row.map((cell, at) => cell.padEnd(widths[at])).join('  ')}`.trimEnd())
    .map(line => `${line}\n`)
    .join('')
}

const plural = (count: number, what: string) => `${grouped(count)} ${what}${count === 1 ? '' : 's'}`

/** Of a value of JSON, as short as it can be told. */
function brief(value: unknown): string {
  if (Array.isArray(value))
    return value.length > 3
      ? `${plural(value.length, 'value')}: ${value.slice(0, 3).join(', ')}, …`
      : value.join(', ')
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

const pairs = (values: object) =>
  Object.entries(values)
    .map(([name, value]) => `${name} ${brief(value)}`)
    .join(', ')

function expertsTable({ experts }: Description): string {
  return tableOf([
    ['experts', 'weight', 'fields', 'bytes', 'options other than the defaults'],
    ...experts.map(({ experts, weight, fields, bytes, changed, muted }) => [
      muted ? `${experts} (diverged)` : experts,
      String(Number(weight.toPrecision(3))),
      grouped(fields.length),
      grouped(bytes),
      pairs(changed) || '–',
    ]),
  ])
}

function fieldsTable({ fields }: Description): string {
  return tableOf([
    ['field', 'kind', 'experts', 'encoding', 'values', 'detail'],
    ...fields.map(({ field, kind, experts, encoding, size, detail }) => [
      field,
      kind,
      experts,
      encoding,
      grouped(size),
      pairs(detail) || '–',
    ]),
  ])
}

function tensorsTable({ tensors }: Description): string {
  return tableOf([
    ['tensor', 'type', 'shape', 'bytes'],
    ...tensors.map(({ name, type, shape, bytes }) => [name, type, shape.join(' × ') || '1', grouped(bytes)]),
  ])
}

function headOf({ file, bytes, version, learned, settled, calibration, stream, changed }: Description) {
  const { alpha, scores, capacity } = calibration
  const counts =
    stream &&
    `${plural(stream.records, 'record')} answered, ${plural(stream.alarms, 'alarm')}, ${plural(stream.rejected, 'rejected line')}`
  return [
    `${visible(file)}: ${grouped(bytes)} bytes, format version ${visible(version)}`,
    `${plural(learned, 'record')} learned, ${settled ? 'fields settled' : 'fields not settled yet'}`,
    ...(counts ? [counts] : []),
    `alpha ${alpha}, p-values from ${grouped(scores)} of at most ${grouped(capacity)} scores`,
    `options other than the defaults: ${visible(pairs(changed)) || 'none'}`,
  ].join('\n')
}

/** The whole description. */
export function textOf(description: Description): string {
  const { experts } = description
  const tables = experts.length === 0 ? [] : [expertsTable(description), fieldsTable(description)]
  return [`${headOf(description)}\n`, ...tables, tensorsTable(description)].join('\n')
}

const nats = (value: number | null) => (value === null ? '–' : value.toFixed(2))
const withError = ({ mean, standardError }: MeanOfRecords) =>
  `${nats(mean)}${standardError === null ? '' : ` ± ${nats(standardError)}`}`

/** What the number is, where it is no probability of the field. */
function reservation({ relative, kind }: FieldLikelihood): string {
  if (!relative) return ''
  return kind === 'real' ? ' (relative to the likeliest value)' : ' (of the most surprising symbol)'
}

function partitionText({ experts, logPartition, method, low, high, reason }: ProductLikelihood): string {
  if (method === 'none') return `${experts}: log Z unknown (${reason})`
  if (method === 'exact') return `${experts}: log Z ${nats(logPartition)} nats, exact`
  return `${experts}: log Z ${nats(logPartition)} nats, between ${nats(low)} and ${nats(high)} by annealing there and back`
}

/** What there is to say about likelihoods of one product. */
export function likelihoodText(likelihood: ProductLikelihood): string {
  const partition = visible(partitionText(likelihood))
  const { records } = likelihood
  if (!records) return `\n${partition}\n`
  const { complete, incomplete, logLikelihood, freeEnergyGap, pseudoLikelihood } = records
  const gap = freeEnergyGap
    ? `${withError(freeEnergyGap)} nats`
    : 'these experts keep no records to compare with'
  return [
    `\n${partition}`,
    `log-likelihood: ${withError(logLikelihood)} nats, mean over ${plural(complete, 'complete record')} (${grouped(incomplete)} with gaps)`,
    `free-energy gap to records learned lately: ${gap}`,
    tableOf([
      ['field', 'log p given the others'],
      ...pseudoLikelihood.map(field => [field.field, `${withError(field)}${reservation(field)}`]),
    ]),
  ].join('\n')
}
