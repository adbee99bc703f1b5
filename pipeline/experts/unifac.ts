/**
 * Unifac experts: a factor analyser or nothing in particular, g_m(v) = π_m N(v; μ_m, λ_m λ_mᵀ + diag ψ_m) + (1 − π_m) / V on
 * a box of volume V (Hinton 2002, section 9). Without loadings λ they are unigauss experts.
 */
import kernel from '#kernels/unifac'
import { real } from '../kernel-family.ts'
import { defineFamily } from './define.ts'
import { onABox } from './on-a-box.ts'
import type { Family } from './product.ts'

const own = [
  /** The rate of loadings in units of that of means. */
  real('loadingRate', 0.5, 0, 100),
  /** Standard deviation of loadings at the start, in units of that of the first rows. */
  real('loadingScale', 0.1, 0, 100),
]

export const unifac: Family = defineFamily(onABox('unifac', own), kernel, {
  encodings: { number: 'real', boolean: 'real' },
  streamOptions: { margin: 0.5, learningRate: 0.1, learningRateDecay: 64, learningRateFloor: 0.02 },
})
