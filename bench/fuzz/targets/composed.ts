/** Files of stacks, classifiers and networks. */
import { Classifier, ModelFileError, Network, readSafetensors, Stack } from '../../../pipeline/index.ts'
import type { Target } from '../target.ts'
import { mutate, tokens, unsummed } from './safetensors.ts'

const D = 5
const visible = [
  { kind: 'bernoulli', size: 4 },
  { kind: 'real', size: 1 },
] as const
const layers = [
  { hidden: 2, driftReset: false },
  { hidden: 2, driftReset: false },
]

const row = (n: number) => Float32Array.of(n & 1, (n >> 1) & 1, (n >> 2) & 1, Number.NaN, n % 7)

interface Learner {
  learnOne(row: Float32Array, label: number): void
  save(): Uint8Array
  release(): void
}

/** The file of what has learned so many rows. */
function after<T extends Learner>(
  made: T,
  count: number,
  also: (made: T, n: number) => void = () => {},
): Buffer {
  for (let n = 0; n < count; n++) {
    also(made, n)
    made.learnOne(row(n), n % 2)
  }
  const file = made.save()
  made.release()
  return unsummed(file)
}

const classifierAfter = (count: number, options: object) =>
  after(new Classifier(visible, { stacks: [{ layers, initialRows: 4 }], ...options }), count, (made, n) =>
    made.calibrateOne(row(n), n % 2),
  )

function useStack(stack: Stack): void {
  for (let n = 0; n < 3; n++) stack.learnOne(row(n))
  stack.initialise(row(3))
  stack.scores(row(1))
  stack.reconstruct(row(2))
  stack.sample(1, 2)
}

function useClassifier(classifier: Classifier): void {
  const label = classifier.classes[0] ?? 0
  for (let n = 0; n < 3; n++) {
    classifier.calibrateOne(row(n), label)
    classifier.learnOne(row(n), label)
  }
  classifier.predictOne(row(4))
}

function useNetwork(network: Network): void {
  for (let n = 0; n < 3; n++) network.learnOne(row(n), network.classes[n % 2])
  network.predictOne(row(4))
}

/** What a program does with a file whose kind it knows. */
function use(input: Buffer): void {
  const { format } = readSafetensors(input).metadata
  const learner =
    format === 'veto-classifier'
      ? Classifier.load(input)
      : format === 'veto-network'
        ? Network.load(input)
        : Stack.load(input)
  try {
    if (learner instanceof Stack) useStack(learner)
    else if (learner instanceof Classifier) useClassifier(learner)
    else useNetwork(learner)
    learner.save()
  } finally {
    learner.release()
  }
}

/**
 * Finite parameters can be so large that no energy is, and rows, groups and classes of a file can be others than those
 * that are tried: what is used says so.
 */
const isSaid = (error: unknown) =>
  (error instanceof ModelFileError && (error.cause === undefined || isMeant(error.cause))) ||
  (error instanceof RangeError && isMeant(error))

/** Not what the engine says where nobody has looked before. */
const isMeant = (error: unknown) => error instanceof Error && /^Expected /.test(error.message)

export const composed: Target = {
  name: 'composed',
  seeds: () => [
    after(new Stack(visible, { layers, initialRows: 4 }), 3),
    after(new Stack(visible, { layers, initialRows: 2, learning: 'in turn', rowsPerLayer: 4 }), 8),
    classifierAfter(10, {}),
    classifierAfter(10, {
      calibration: 'threshold',
      classes: [0, 1],
      folds: 2,
      combine: 'average',
      rejects: 0.2,
    }),
    after(new Network(D, { hidden: [3, 2], classes: [0, 1], momentum: 0.5, batch: 2 }), 5),
  ],
  tokens: [
    ...tokens,
    ...['\\"layers\\":', '\\"hidden\\":', '\\"threshold\\"', '\\"average\\"', '\\"folds\\":', '\\"sizes\\":'],
    ...['veto-stack', 'veto-classifier', 'veto-network'],
  ],
  mutate,
  run(input) {
    try {
      use(input)
    } catch (error) {
      if (!isSaid(error)) throw error
    }
  },
}
