/**
 * Unigauss experts: a Gaussian or nothing in particular, g_m(v) = π_m N(v; μ_m, diag σ_m²) + (1 − π_m) / V on a box of
 * volume V (Hinton 2002, section 4). Numbers in clusters whose coordinates go together; all posteriors are exact.
 */
import kernel from '#kernels/unigauss'
import { defineFamily } from './define.ts'
import { onABox } from './on-a-box.ts'
import type { Family } from './product.ts'

export const unigauss: Family = defineFamily(onABox('unigauss'), kernel, {
  encodings: { number: 'real', boolean: 'real' },
  streamOptions: { margin: 0.5, learningRate: 0.1, learningRateDecay: 64, learningRateFloor: 0.02 },
})
