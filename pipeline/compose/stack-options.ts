/** Which layers a stack has and when each of them learns. */
import { show } from '../errors.ts'
import type { FamilyOptions, Kernels } from '../experts/product.ts'
import { checkNames } from './option-names.ts'

export interface StackOptions {
  /** The options of the Boltzmann machine of each layer, the bottom one first, such as [{ hidden: 200 }, { hidden: 100 }]. */
  readonly layers: readonly Readonly<FamilyOptions>[]
  /**
   * `together`, the default: every row is learned by all layers. `in turn`: a layer learns once those below it are frozen,
   * each after `rowsPerLayer` rows or when `advance` is called.
   */
  readonly learning?: 'together' | 'in turn'
  /** In turn: rows that a layer learns before it is frozen; default: until `advance` is called. The top one always learns. */
  readonly rowsPerLayer?: number
  /** Rows that a layer waits for to start from, as `initialise` would; default 100. 0: it starts from neutral biases. */
  readonly initialRows?: number
  /** Default 1. Layers have seeds of their own that follow from it. */
  readonly seed?: number
  /** Which WebAssembly runs the layers: see `Kernels`. Not part of a model file. */
  readonly kernels?: Kernels
}

/** With every default filled in, and without what is no part of a model. */
export type StackSettings = Required<Omit<StackOptions, 'kernels' | 'rowsPerLayer'>> & {
  /** null: until `advance` is called. */
  readonly rowsPerLayer: number | null
}

const NAMES = ['layers', 'learning', 'rowsPerLayer', 'initialRows', 'seed', 'kernels']
const MOST_LAYERS = 64
/** What may wait: more rows than starting from data ever needs. */
const MOST_INITIAL_ROWS = 100_000

function checkWhole(name: string, value: number, least: number, most: number): void {
  if (typeof value !== 'number')
    throw new TypeError(`Expected option ${name} as a number, got ${show(value)}.`)
  if (Number.isInteger(value) && value >= least && value <= most) return
  throw new RangeError(`Expected option ${name} as a whole number from ${least} to ${most}, got ${value}.`)
}

function checkLayers(layers: unknown): asserts layers is readonly FamilyOptions[] {
  const isOptions = (each: unknown) => typeof each === 'object' && each !== null && !Array.isArray(each)
  if (!Array.isArray(layers) || !layers.every(isOptions))
    throw new TypeError(
      `Expected layers as a list of options, such as [{ hidden: 100 }], got ${show(layers)}.`,
    )
  if (layers.length === 0 || layers.length > MOST_LAYERS)
    throw new RangeError(`Expected 1 to ${MOST_LAYERS} layers, got ${layers.length}.`)
  const unsized = layers.findIndex(({ hidden }) => typeof hidden !== 'number')
  if (unsized >= 0)
    throw new TypeError(
      `Expected option hidden of layer ${unsized} as a number, got ${show(layers[unsized].hidden)}.`,
    )
  const replicated = layers.slice(0, -1).findIndex(({ replicas }) => replicas !== undefined && replicas !== 1)
  if (replicated >= 0) {
    throw new RangeError(
      `Expected replicas 1 in layer ${replicated}, whose features are units of the layer above, got ${layers[replicated].replicas}.`,
    )
  }
}

/** @throws TypeError and RangeError for options that are none; those of a layer are checked when it is made */
export function settingsOf(options: StackOptions): StackSettings {
  checkNames('a stack', options, NAMES, '{ layers: [{ hidden: 100 }] }')
  const { layers, learning = 'together', rowsPerLayer = null, initialRows = 100, seed = 1 } = options
  checkLayers(layers)
  if (learning !== 'together' && learning !== 'in turn')
    throw new RangeError(`Expected option learning as 'together' or 'in turn', got ${show(learning)}.`)
  if (rowsPerLayer !== null) {
    checkWhole('rowsPerLayer', rowsPerLayer, 1, 2 ** 53)
    if (learning === 'together')
      throw new RangeError("Expected option learning 'in turn' beside rowsPerLayer, got 'together'.")
  }
  checkWhole('initialRows', initialRows, 0, MOST_INITIAL_ROWS)
  checkWhole('seed', seed, 0, 2 ** 32 - 1)
  return { layers: layers.map(layer => ({ ...layer })), learning, rowsPerLayer, initialRows, seed }
}

/** Seeds of neighbouring layers, and of neighbouring stacks, have nothing to do with each other. */
export const seedOf = (seed: number, layer: number) => (seed + Math.imul(layer, 0x9e3779b9)) >>> 0

/** The options that these settings are of. */
export const stackOptionsOf = ({ rowsPerLayer, ...others }: StackSettings): StackOptions => ({
  ...others,
  ...(rowsPerLayer !== null && { rowsPerLayer }),
})
