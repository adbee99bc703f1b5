/** Everything that `import … from 'veto'` offers: `veto/core`, a detector that knows all families, and what builds on them. */
export { Bank, type BankOptions, keyOf } from './compose/bank.ts'
export { Classifier, type Prediction } from './compose/classifier.ts'
export type { ClassifierOptions, ClassifierSettings, Label } from './compose/classifier-options.ts'
export { fineTune } from './compose/fine-tune.ts'
export { type KeyStore, MemoryStore } from './compose/key-store.ts'
export { Network, type NetworkOptions, type NetworkPrediction } from './compose/network.ts'
export type { NetworkLearning, NetworkSettings } from './compose/network-options.ts'
export { SoftmaxRegression, type SoftmaxRegressionOptions } from './compose/softmax-regression.ts'
export { Stack } from './compose/stack.ts'
export type { StackOptions, StackSettings } from './compose/stack-options.ts'
export * from './core.ts'
export { Detector } from './detector.ts'
export { averagePrecision } from './evaluation/average-precision.ts'
export { rocAuc } from './evaluation/roc-auc.ts'
export { choices, families, familyNamed } from './experts/index.ts'
export {
  type AnnealingOptions,
  estimateLogPartition,
} from './likelihood/annealed-importance-sampling.ts'
export { paperTemperatures } from './likelihood/annealing-schedule.ts'
export { type BracketOptions, bracketLogPartition, type LogPartitionBracket } from './likelihood/bracket.ts'
export { exactLogPartition } from './likelihood/exact-log-partition.ts'
export { type FreeEnergyGap, freeEnergyGap } from './likelihood/free-energy-gap.ts'
export type { LogPartition } from './likelihood/log-partition.ts'
export { type Anchor, LogPartitionTrack, type TrackOptions } from './likelihood/log-partition-track.ts'
export {
  type OverfittingLook,
  type OverfittingOptions,
  OverfittingWatch,
  type Watched,
} from './likelihood/overfitting-watch.ts'
export { type PseudoLikelihood, pseudoLikelihood } from './likelihood/pseudo-likelihood.ts'
export { type EnumerationOptions, enumerateLogPartition } from './likelihood/rbm.ts'
export { byKey } from './operators/by-key.ts'
export { classify } from './operators/classify.ts'
export { denoise } from './operators/denoise.ts'
export { detect } from './operators/detect.ts'
export { features } from './operators/features.ts'
export { learn } from './operators/learn.ts'
export {
  type LogLikelihoodOptions,
  logLikelihood,
  type RowLikelihood,
} from './operators/log-likelihood.ts'
export { score } from './operators/score.ts'
export { type Held, watchOverfitting } from './operators/watch-overfitting.ts'
