/** How a network learns. */

import type { Kernels } from '../experts/product.ts'
import { completeOptions, type OptionRule, real, whole } from '../kernel-family.ts'

export interface NetworkLearning {
  /** η_t = max(learningRateFloor, learningRate / √(1 + t / learningRateDecay)) after t rows; decay 0: constant. Default 0.1. */
  readonly learningRate?: number
  /** Default 10,000. */
  readonly learningRateDecay?: number
  /** Default 0.01. */
  readonly learningRateFloor?: number
  /** Share of the last step that is taken again; default 0. */
  readonly momentum?: number
  /** λ: each step takes ηλ of each weight away, not of biases. Default 0. */
  readonly weightDecay?: number
  /** Rows whose gradients are averaged for a step; default 1. */
  readonly batch?: number
  /** Times √inputs, the standard deviation of weights that start at random; default 1. */
  readonly weightScale?: number
  /** Default 1. */
  readonly seed?: number
  /** Which WebAssembly runs it, as `{ network }`: see `Kernels`. Not part of a model file. */
  readonly kernels?: Kernels
}

export type NetworkSettings = Required<Omit<NetworkLearning, 'kernels'>>

/** In the order of the first fields of `Model` in assembly/network/model.ts. */
export const NETWORK_OPTIONS: readonly OptionRule[] = [
  real('learningRate', 0.1, 0, 1000),
  real('learningRateDecay', 10_000, 0, 1e12),
  real('learningRateFloor', 0.01, 0, 1000),
  real('momentum', 0, 0, 0.9999),
  real('weightDecay', 0, 0, 1),
  whole('batch', 1, 1),
  real('weightScale', 1, 0, 100),
  whole('seed', 1, 0, 2 ** 32 - 1),
]

/** @throws TypeError and RangeError for options that are none */
export function networkSettingsOf({ kernels: _, ...options }: NetworkLearning): NetworkSettings {
  return completeOptions({ name: 'network', options: NETWORK_OPTIONS }, options) as unknown as NetworkSettings
}
