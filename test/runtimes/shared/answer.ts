/**
 * The suite that every runtime runs, bundled into whatever the runtime takes. It imports nothing but the package and RxJS,
 * needs nothing but what all engines have, and answers in JSON.
 */
import { families, type KernelSource, type Kernels } from 'veto'
import { fromBase64, toBase64 } from './base64.ts'
import { kernels } from './kernels.ts'
import { operators } from './operators.ts'
import { products } from './products.ts'
import { type Comparison, comparisons } from './relaxed.ts'
import { Report } from './report.ts'
import { goOn, streams } from './streams.ts'
import { worlds } from './worlds.ts'

export interface Question {
  /** Models by name, in base64, to go on with; without them everything is learned from the beginning. */
  readonly models?: Readonly<Record<string, string>>
  /** Only compare kernels in relaxed SIMD with plain ones. */
  readonly relaxed?: boolean
  /** Answer with all items under this name. */
  readonly list?: string
}

export interface Answer {
  /** What there is under each name, as a hash. */
  readonly hashes: Record<string, string>
  /** What was saved, in base64. */
  readonly models: Record<string, string>
  readonly comparisons?: Record<string, Comparison>
  readonly list?: string[]
}

async function fromTheBeginning(report: Report, kernel: KernelSource): Promise<Record<string, string>> {
  const models = streams(
    report,
    families.map(({ name }) => name),
  )
  await products(report)
  await operators(report)
  await worlds(report)
  kernels(report, kernel)
  return Object.fromEntries(Object.entries(models).map(([name, file]) => [name, toBase64(file)]))
}

/** What a runtime hands over, each in its own way. */
export interface Means {
  /** The kernel of prototypes, compiled. */
  readonly kernel: KernelSource
  /** `veto/relaxed`, where it can be imported. */
  readonly relaxed?: Kernels
}

export async function answer(question: Question, { kernel, relaxed }: Means): Promise<Answer> {
  const { models, list } = question
  const report = new Report()
  if (question.relaxed) {
    return { hashes: {}, models: {}, ...(relaxed && { comparisons: comparisons(relaxed) }) }
  }
  for (const [name, file] of Object.entries(models ?? {})) goOn(report, name, fromBase64(file))
  const written = models ? {} : await fromTheBeginning(report, kernel)
  return { hashes: report.hashes(), models: written, ...(list && { list: report.list(list) }) }
}
