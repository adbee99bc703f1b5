/**
 * Measures what is promised and prints figure, goal and verdict.
 *
 *   npm run acceptance -- learning              bars and stripes, exact likelihoods
 *   npm run acceptance -- likelihood FOLDER     MNIST (the four IDX files), 16 hidden units, exact likelihood
 *   npm run acceptance -- detection FOLDER      CSV files, also .gz, whose last column `label` is 1 for anomalies
 */
import { detection } from './detection.ts'
import { learning } from './learning.ts'
import { likelihood } from './likelihood.ts'

/** One promise and what became of it. */
export interface Finding {
  readonly what: string
  readonly figure: number
  /** The least figure that keeps the promise. */
  readonly goal: number
}

const topics: Readonly<Record<string, (folder: string) => Iterable<Finding>>> = {
  learning,
  likelihood,
  detection,
}

const [topic = '', folder = ''] = process.argv.slice(2)
if (!Object.hasOwn(topics, topic) || (topic !== 'learning' && folder === '')) {
  console.error(
    'Expected learning, likelihood FOLDER or detection FOLDER, got',
    process.argv.slice(2).join(' ') || 'nothing',
  )
  process.exitCode = 2
} else {
  for (const { what, figure, goal } of topics[topic](folder)) {
    const kept = figure >= goal
    if (!kept) process.exitCode = 1
    console.log(`${kept ? 'kept  ' : 'BROKEN'} ${what}: ${figure.toFixed(4)}, goal at least ${goal}`)
  }
}
