/** The detector that a command line asks for, new or from a model file, and how it is saved. */
import { statSync } from 'node:fs'
import {
  Detector,
  type DetectorOptions,
  type FamilyOptions,
  families,
  type Kernels,
  ModelFileError,
  ModelVersionError,
  type Notice,
  type Units,
} from '../pipeline/index.ts'
import { relaxed } from '../pipeline/relaxed.ts'
import { modelError, usageError } from './errors.ts'
import { checkWritable, previousOf, readModelFile, removeLeftovers, writeModelFile } from './io/model-file.ts'
import { type Position, positionFrom } from './io/position.ts'
import type { Team } from './keys/team.ts'
import type { CommonFlags } from './options.ts'
import type { Judge } from './works.ts'

export interface ModelFlags extends CommonFlags {
  readonly freeze?: boolean
  readonly resume?: boolean
  readonly why?: number
}

/** What learns the records, and where it is kept. */
export interface Kept {
  readonly detector: Judge & Pick<Detector, 'describeExperts'>
  /** Threads that answer in its place. */
  readonly team?: Team
  /** Whether there was something to go on from, or it is new. */
  readonly isLoaded: boolean
  /** Where its stream stood when it was saved; undefined when that is not known. */
  readonly position: Position | undefined
  /** Whether `save` does anything. */
  readonly saves: boolean
  /**
   * Save everything with this position, for good.
   * @throws CommandError (model) when that fails; what was saved before is untouched
   */
  save(position: Position): void | Promise<void>
  /** Give back what is held beside memory. */
  close?(): Promise<void>
}

/** Where messages go. */
export interface ModelEnds {
  notice(notice: Notice): void
  /** Said whatever the options. */
  error(message: string): void
}

/**
 * The detector of a command line, and its model file.
 * @throws CommandError (usage) for options that are wrong or contradict the model file,
 * (model) for a file that is no model or cannot be written in the end
 */
export function openKept(flags: ModelFlags, ends: ModelEnds): Kept {
  const { model, freeze } = flags
  if (model === undefined) {
    if (freeze) throw usageError('expected --model with --freeze: without one nothing is ever learned')
    return keptOf(newDetector(flags, ends))
  }
  const loaded = loadModel(model, flags, ends)
  if (loaded) checkAgreement(flags, loaded.detector)
  if (freeze) {
    if (!loaded) throw modelError(`expected a model file with --freeze, ${model} does not exist`)
    return keptOf(loaded.detector)
  }
  checkWritable(model)
  removeLeftovers(model)
  const detector = loaded?.detector ?? newDetector(flags, ends)
  // A damaged file must not take the place of the sound one before it.
  let isSound = !loaded?.isPrevious
  return {
    detector,
    isLoaded: loaded !== undefined,
    position: positionFrom(detector.position),
    saves: true,
    save(position) {
      detector.position = position
      writeModelFile(model, bytesOf(detector, model), isSound)
      isSound = true
    },
  }
}

/**
 * The detector in a model file, to be looked at.
 * @throws CommandError (model) for a file that is missing, damaged or none
 */
export function openModel(model: string, flags: Pick<ModelFlags, 'relaxed'>, ends: ModelEnds): Detector {
  if (statSync(model, { throwIfNoEntry: false })?.isDirectory())
    throw modelError(`expected a model file, got the folder ${model}; models of keys (--key) stay together`)
  const loaded = loadModel(model, flags, ends)
  if (loaded) return loaded.detector
  throw modelError(`expected a model file, ${model} does not exist; veto learn makes one`)
}

/** A detector that is not saved. */
const keptOf = (detector: Detector): Kept => ({
  detector,
  isLoaded: false,
  position: undefined,
  saves: false,
  save() {},
})

function bytesOf(detector: Detector, model: string): Uint8Array {
  try {
    return detector.save()
  } catch (error) {
    // A position may be too long, with a CSV header of half a megabyte.
    if (error instanceof RangeError)
      throw modelError(`cannot save the model as ${model}: ${error.message}`, error)
    throw error
  }
}

/** @throws CommandError (usage) for options that are wrong */
export function newDetector(flags: ModelFlags, ends: Pick<ModelEnds, 'notice'>): Detector {
  try {
    return new Detector(detectorOptions(flags, ends))
  } catch (error) {
    if (error instanceof RangeError || error instanceof TypeError) throw usageError(error.message)
    throw error
  }
}

/** Which WebAssembly the flags ask for. */
export function kernelsFor({ relaxed: isRelaxed }: Pick<ModelFlags, 'relaxed'>): Kernels | undefined {
  return isRelaxed ? relaxed : undefined
}

/** What `--hidden` is called in a family: how many experts there are where there are no hidden units. */
function hiddenIn(experts: string | undefined): string {
  const names = families.find(({ name }) => name === experts)?.optionNames ?? []
  return !names.includes('hidden') && names.includes('experts') ? 'experts' : 'hidden'
}

/**
 * What the flags say about the options of the experts.
 * @throws CommandError (usage) when they say it twice
 */
function familyOf({ hidden, set = {} }: ModelFlags, experts: string | undefined): FamilyOptions {
  if (hidden === undefined) return set
  const name = hiddenIn(experts)
  if (!Object.hasOwn(set, name)) return { [name]: hidden, ...set }
  throw usageError(
    `expected --hidden ${hidden} or --set ${name}=${set[name]}, which mean the same, got both; leave one out`,
  )
}

/** What the flags say about a detector. */
export function detectorOptions(flags: ModelFlags, { notice }: Pick<ModelEnds, 'notice'>): DetectorOptions {
  const { experts, seed, alpha, ignore, kinds, units, warmup, protect, why } = flags
  const { maxFields, maxCategories } = flags
  return {
    experts,
    family: familyOf(flags, experts),
    units,
    seed,
    alpha,
    ignore,
    kinds,
    warmup,
    protect,
    maxFields,
    maxCategories,
    why,
    kernels: kernelsFor(flags),
    onNotice: notice,
  }
}

interface Loaded {
  readonly detector: Detector
  /** Whether it is the one that was saved the time before, because the last one is damaged. */
  readonly isPrevious: boolean
}

/**
 * The detector in a model file; undefined when there is no file.
 * @throws CommandError (model) for one that is damaged when the one before it is no better, and for another version
 */
function loadModel(
  path: string,
  flags: Pick<ModelFlags, 'alpha' | 'why' | 'relaxed' | 'resume'>,
  ends: ModelEnds,
): Loaded | undefined {
  const load = (content: Uint8Array): Detector => {
    const { alpha, why } = flags
    return Detector.load(content, { alpha, why, kernels: kernelsFor(flags), onNotice: ends.notice })
  }
  const instead = (detector: Detector, why: string): Loaded => {
    ends.error(
      `${path}: ${why} Using ${previousOf(path)} instead, which was saved before it (${detector.learned} records learned).`,
    )
    return { detector, isPrevious: true }
  }
  const bytes = readModelFile(path)
  if (!bytes) {
    // Whoever goes on has not removed it to begin anew.
    const detector = flags.resume ? previous(path, load) : undefined
    return detector && instead(detector, 'Expected the model to go on with, got no such file.')
  }
  try {
    return { detector: load(bytes), isPrevious: false }
  } catch (error) {
    if (!(error instanceof ModelFileError)) throw error
    const detector = error instanceof ModelVersionError ? undefined : previous(path, load)
    if (!detector) throw modelError(`${path}: ${error.message}`, error)
    return instead(detector, error.message)
  }
}

/** The detector that was saved the time before; undefined when that file is of no use either. */
function previous(path: string, load: (content: Uint8Array) => Detector): Detector | undefined {
  const bytes = readModelFile(previousOf(path))
  if (!bytes) return undefined
  try {
    return load(bytes)
  } catch (error) {
    if (error instanceof ModelFileError) return undefined
    throw error
  }
}

/** What a model was made with cannot be changed afterwards; asking for something else is a mistake. */
export function checkAgreement(flags: ModelFlags, detector: Pick<Detector, 'options'>): void {
  const { experts, seed, warmup, protect, maxFields, maxCategories, ignore, kinds, units } = detector.options
  const { family } = detector.options
  const pairs: (readonly [flag: string, given: unknown, had: unknown])[] = [
    ['--experts', flags.experts, experts],
    ['--hidden', flags.hidden, family[hiddenIn(experts)] ?? 'the default'],
    ...Object.entries(flags.set ?? {}).map(
      ([name, value]) => [`--set ${name}`, value, family[name] ?? 'the default'] as const,
    ),
    ['--units', flags.units && inWords(flags.units), inWords(units)],
    ['--seed', flags.seed, seed],
    ['--warmup', flags.warmup, warmup],
    ['--protect', flags.protect, protect],
    ['--max-fields', flags.maxFields, maxFields],
    ['--max-categories', flags.maxCategories, maxCategories],
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

/** Units as one would write them. */
const inWords = (units: Units) => (typeof units === 'string' ? units : sorted(pairsOf(units)))

const sorted = (names: readonly string[]) => `'${[...names].sort().join(',')}'`
