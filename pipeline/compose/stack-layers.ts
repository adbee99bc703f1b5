/** The Boltzmann machines of a stack, made or to be restored. */
import type { VisibleGroup } from '../experts/product.ts'
import { rbm } from '../experts/rbm.ts'
import { checkVisible } from '../kernel-family.ts'
import { isCount, isScalar, isText, listOf, mapOf, shapeOf } from '../state/json.ts'
import type { TensorReader } from '../state/tensor-reader.ts'
import { StackLayer } from './stack-layer.ts'
import { type StackOptions, type StackSettings, seedOf } from './stack-options.ts'

/** What describes a stack beside its tensors. */
export interface StackDescription extends StackSettings {
  readonly visible: readonly VisibleGroup[]
}

export const isGroup = shapeOf({ kind: isText, size: isCount })
const settings = {
  layers: listOf(mapOf(isScalar)),
  learning: isText,
  rowsPerLayer: (value: unknown) => value === null || isCount(value),
  initialRows: isCount,
  seed: isCount,
}
export const isStackSettings = shapeOf(settings)
export const isStackDescription = shapeOf({ visible: listOf(isGroup), ...settings })

/** The visible groups of every layer. */
function groupsOf(visible: readonly VisibleGroup[], { layers }: StackSettings): (readonly VisibleGroup[])[] {
  const below = layers
    .slice(0, -1)
    .map(({ hidden }): VisibleGroup[] => [{ kind: 'bernoulli', size: Number(hidden) }])
  return [visible, ...below]
}

const optionsOf = ({ layers, seed }: StackSettings, layer: number) => ({
  seed: seedOf(seed, layer),
  ...layers[layer],
})

/** @throws TypeError and RangeError for groups and options that `layersOf` would refuse */
export function checkLayers(visible: readonly VisibleGroup[], settings: StackSettings): void {
  checkVisible(rbm, visible)
  for (const [l, groups] of groupsOf(visible, settings).entries())
    rbm.checkOptions(optionsOf(settings, l), groups)
}

export function layersOf(
  visible: readonly VisibleGroup[],
  settings: StackSettings,
  kernels: StackOptions['kernels'],
): StackLayer[] {
  const layers: StackLayer[] = []
  try {
    for (const [l, groups] of groupsOf(visible, settings).entries())
      layers.push(new StackLayer(rbm.create(groups, optionsOf(settings, l), kernels), settings.initialRows))
    return layers
  } catch (error) {
    for (const { product } of layers) product.release()
    throw error
  }
}

/** A file that names large layers has to be large itself. */
export function checkSizes(
  visible: readonly VisibleGroup[],
  settings: StackSettings,
  prefix: string,
  tensors: TensorReader,
): void {
  for (const [l, groups] of groupsOf(visible, settings).entries())
    rbm.checkSize(groups, optionsOf(settings, l), tensors.peekAll(`${prefix}layers.${l}.product.`))
}
