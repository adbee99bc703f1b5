/** What describes a classifier beside its tensors. */
import type { VisibleGroup } from '../experts/product.ts'
import { isCount, listOf, shapeOf } from '../state/json.ts'
import { type ClassifierSettings, isClassifierSettings, isLabel, type Label } from './classifier-options.ts'
import { isGroup } from './stack-layers.ts'

export const FORMAT = 'veto-classifier'

export interface Description extends ClassifierSettings {
  readonly visible: readonly VisibleGroup[]
  readonly labels: readonly Label[]
  /** Classes that calibration knows; 0: there was none. */
  readonly calibrated: number
}

export const isDescription = shapeOf({
  ...isClassifierSettings,
  visible: listOf(isGroup),
  labels: listOf(isLabel),
  calibrated: isCount,
})
