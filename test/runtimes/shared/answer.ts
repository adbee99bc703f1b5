/**
 * The suite that every runtime runs, bundled into whatever the runtime takes. It imports nothing but the package and RxJS,
 * needs nothing but what all engines have, and answers in JSON.
 */
import { families } from 'veto'
import { fromBase64, toBase64 } from './base64.ts'
import { operators } from './operators.ts'
import { products } from './products.ts'
import { Report } from './report.ts'
import { goOn, streams } from './streams.ts'

export interface Question {
  /** Models by name, in base64, to go on with; without them everything is learned from the beginning. */
  readonly models?: Readonly<Record<string, string>>
  /** Answer with all items under this name. */
  readonly list?: string
}

export interface Answer {
  /** What there is under each name, as a hash. */
  readonly hashes: Record<string, string>
  /** What was saved, in base64. */
  readonly models: Record<string, string>
  readonly list?: string[]
}

async function fromTheBeginning(report: Report): Promise<Record<string, string>> {
  const models = streams(
    report,
    families.map(({ name }) => name),
  )
  await products(report)
  await operators(report)
  return Object.fromEntries(Object.entries(models).map(([name, file]) => [name, toBase64(file)]))
}

export async function answer({ models, list }: Question): Promise<Answer> {
  const report = new Report()
  for (const [name, file] of Object.entries(models ?? {})) goOn(report, name, fromBase64(file))
  const written = models ? {} : await fromTheBeginning(report)
  return { hashes: report.hashes(), models: written, ...(list && { list: report.list(list) }) }
}
