/**
 * Everything that `import … from 'veto/core'` offers: what depends on no other package but the kernels' loader. Families
 * of experts are brought along by the program, so that a bundle holds only those that it names.
 */
export {
  type DataRecord,
  type Denoised,
  Detector,
  type DetectorOptions,
  type DetectorOverrides,
  type ExpertsSummary,
  type FamilyDetectorOptions,
  type FieldSummary,
  type MemberView,
  type Notice,
  type Reason,
  type Value,
  type Verdict,
} from './core-detector.ts'
export {
  checkGradients,
  type GradientCheckOptions,
  type GradientFault,
  type GradientReport,
} from './custom/check-gradients.ts'
export { customFamily } from './custom/custom-family.ts'
export type { CustomDefinition, CustomUnit, Parameters, Setting } from './custom/definition.ts'
export { fieldKinds } from './encoders/kinds.ts'
export { DivergedError, KernelMemoryError, ModelFileError, ModelVersionError } from './errors.ts'
export * from './experts/all.ts'
export { defineFamily } from './experts/define.ts'
export type {
  AnnealedChains,
  Encoding,
  Family,
  FamilyOptions,
  FieldKind,
  KernelSource,
  Kernels,
  NaturalParameters,
  Product,
  Row,
  Rows,
  Tensor,
  Tensors,
  VisibleGroup,
} from './experts/product.ts'
export { thorough, thrifty } from './experts/rbm.ts'
export {
  flag,
  type KernelFamily,
  type Magnitudes,
  type OptionRule,
  real,
  type TensorRule,
  whole,
} from './kernel-family.ts'
export { kernelMemory, limitKernelMemory } from './kernel-memory.ts'
export { DetectorPool, type PoolOptions } from './pool/detector-pool.ts'
export { type Disagreement, type DisagreementOptions, disagreement } from './pool/disagreement.ts'
export { opinionPool } from './pool/opinion-pool.ts'
export { ProductPool } from './pool/product-pool.ts'
export { weightsByLabels } from './pool/weights.ts'
export { type PosteriorOptions, posteriorMean } from './posterior-mean.ts'
export { type ProductOfProducts, type ProductOptions, product } from './product/product-of.ts'
export { readSafetensors, writeSafetensors } from './state/safetensors.ts'
export type { Detection, StreamDetector, StreamOptions } from './streams/detection.ts'
export { detections } from './streams/detections.ts'
export { type RespondOptions, respond } from './streams/respond.ts'
export { toTransformStream } from './streams/transform-stream.ts'
export { type Unit, type Units, unitNames } from './units.ts'
