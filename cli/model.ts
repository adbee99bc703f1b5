/** The detector that a command line asks for: new, or from a model file. */
import {
  Detector,
  type DetectorOptions,
  type FamilyOptions,
  ModelFileError,
  type Notice,
} from '../pipeline/index.ts'
import { modelError, usageError } from './errors.ts'
import { checkWritable, readModelFile } from './io/model-file.ts'
import type { CommonFlags } from './options.ts'

export interface ModelFlags extends CommonFlags {
  readonly freeze?: boolean
  readonly why?: number
}

/**
 * @throws CommandError (usage) for options that are wrong or contradict the model file,
 * (model) for a file that is no model or cannot be written in the end
 */
export function openDetector(flags: ModelFlags, onNotice: (notice: Notice) => void): Detector {
  const { model, freeze, alpha, why, relaxed } = flags
  if (model === undefined) {
    if (freeze) throw usageError('expected --model with --freeze: without one nothing is ever learned')
    return newDetector(flags, onNotice)
  }
  const bytes = readModelFile(model)
  if (!freeze) checkWritable(model)
  if (bytes) {
    const detector = loaded(model, bytes, { alpha, why, relaxed, onNotice })
    checkAgreement(flags, detector)
    return detector
  }
  if (freeze) throw modelError(`expected a model file with --freeze, ${model} does not exist`)
  return newDetector(flags, onNotice)
}

function newDetector(flags: ModelFlags, onNotice: (notice: Notice) => void): Detector {
  const { experts, hidden, seed, alpha, ignore, kinds, warmup, protect, why, relaxed } = flags
  const family: FamilyOptions = hidden === undefined ? {} : { hidden }
  try {
    return new Detector({
      experts,
      family,
      seed,
      alpha,
      ignore,
      kinds,
      warmup,
      protect,
      why,
      relaxed,
      onNotice,
    })
  } catch (error) {
    if (error instanceof RangeError || error instanceof TypeError) throw usageError(error.message)
    throw error
  }
}

function loaded(
  path: string,
  bytes: Uint8Array,
  options: Pick<DetectorOptions, 'alpha' | 'why' | 'relaxed' | 'onNotice'>,
): Detector {
  try {
    return Detector.load(bytes, options)
  } catch (error) {
    if (error instanceof ModelFileError) throw modelError(`${path}: ${error.message}`, error)
    throw error
  }
}

/** What a model was made with cannot be changed afterwards; asking for something else is a mistake. */
function checkAgreement(flags: ModelFlags, detector: Detector): void {
  const { experts, seed, warmup, protect, ignore, kinds, family } = detector.options
  const pairs: [flag: string, given: unknown, had: unknown][] = [
    ['--experts', flags.experts, experts],
    ['--hidden', flags.hidden, family.hidden ?? 'the default'],
    ['--seed', flags.seed, seed],
    ['--warmup', flags.warmup, warmup],
    ['--protect', flags.protect, protect],
    ['--ignore', flags.ignore && sorted(flags.ignore), sorted(ignore)],
    ['--kinds', flags.kinds && sorted(pairsOf(flags.kinds)), sorted(pairsOf(kinds))],
  ]
  for (const [flag, given, had] of pairs) {
    if (given === undefined || given === had) continue
    throw usageError(
      `expected ${flag} as in the model file ${flags.model}, ${had}, got ${given}; leave the flag out or choose another file`,
    )
  }
}

const pairsOf = (kinds: Readonly<Record<string, string>>) =>
  Object.entries(kinds).map(([field, kind]) => `${field}=${kind}`)

const sorted = (names: readonly string[]) => `'${[...names].sort().join(',')}'`
