/** Everything that `import … from 'veto'` offers: `veto/core`, a detector that knows all families, and what builds on them. */
export { Bank, type BankOptions, keyOf } from './compose/bank.ts'
export { type KeyStore, MemoryStore } from './compose/key-store.ts'
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
export type { LogPartition } from './likelihood/log-partition.ts'
export { byKey } from './operators/by-key.ts'
export { denoise } from './operators/denoise.ts'
export { detect } from './operators/detect.ts'
export { features } from './operators/features.ts'
export { learn } from './operators/learn.ts'
export { score } from './operators/score.ts'
