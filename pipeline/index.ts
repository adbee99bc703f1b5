/** Everything that `import … from 'veto'` offers. */
export { choices } from './choice.ts'
export { Bank, type BankOptions, keyOf } from './compose/bank.ts'
export { type KeyStore, MemoryStore } from './compose/key-store.ts'
export {
  type DataRecord,
  type Denoised,
  Detector,
  type DetectorOptions,
  type ExpertsSummary,
  type FieldSummary,
  type Notice,
  type Reason,
  type Value,
  type Verdict,
} from './detector.ts'
export { fieldKinds } from './encoders/kinds.ts'
export { ModelFileError, ModelVersionError } from './errors.ts'
export { averagePrecision } from './evaluation/average-precision.ts'
export { rocAuc } from './evaluation/roc-auc.ts'
export { frequency } from './experts/frequency.ts'
export { families, familyNamed } from './experts/index.ts'
export type {
  AnnealedChains,
  Encoding,
  Family,
  FamilyOptions,
  FieldKind,
  KernelChoice,
  Product,
  Row,
  Rows,
  Tensor,
  Tensors,
  VisibleGroup,
} from './experts/product.ts'
export { prototype } from './experts/prototype.ts'
export { rbm } from './experts/rbm.ts'
export { sparse } from './experts/sparse.ts'
export { tokens } from './experts/tokens.ts'
export {
  type AnnealingOptions,
  estimateLogPartition,
} from './likelihood/annealed-importance-sampling.ts'
export { paperTemperatures } from './likelihood/annealing-schedule.ts'
export { exactLogPartition } from './likelihood/exact-log-partition.ts'
export type { LogPartition } from './likelihood/log-partition.ts'
export { byKey } from './operators/by-key.ts'
export { denoise } from './operators/denoise.ts'
export { type Detection, detect } from './operators/detect.ts'
export { features } from './operators/features.ts'
export { learn } from './operators/learn.ts'
export { score } from './operators/score.ts'
export { readSafetensors, writeSafetensors } from './state/safetensors.ts'
