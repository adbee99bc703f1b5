/** Experts with latent variables, of an energy of their own: what a kernel exports, in a few lines. */
import { customFamily } from '../../pipeline/custom/custom-family.ts'
import type { CustomDefinition } from '../../pipeline/custom/definition.ts'
import type { NaturalParameters, Product, VisibleGroup } from '../../pipeline/experts/product.ts'
import { Random } from '../../pipeline/random.ts'

type Say = (state: Float32Array, natural: NaturalParameters, uniform: () => number) => void

export const reals = (size: number): VisibleGroup[] => [{ kind: 'real', size }]

/** The custom product of a definition, with latent variables that say something about visible values. */
function speaking(definition: CustomDefinition, visible: VisibleGroup[], say: Say, couples = false): Product {
  const product = customFamily(definition).create(visible)
  const addConditional: Product['addConditional'] = (state, natural, words) => {
    const random = Random.from(words)
    say(state, natural, () => random.uniform())
    words.set(random.state)
  }
  return Object.assign(product, { addConditional, couples })
}

/** f = −½ vᵀ Λ v + l·v, with Λ (D, D): no latent variables. */
export function quadratic(matrix: number[][], linear: number[]): Product {
  const D = linear.length
  const slope = (v: ArrayLike<number>, i: number) =>
    linear[i] - matrix[i].reduce((sum, each, j) => sum + each * v[j], 0)
  const definition: CustomDefinition = {
    name: 'quadratic',
    parameters: () => ({ unused: new Float64Array(1) }),
    logDensity: v => v.reduce((sum, value, i) => sum + value * (linear[i] + slope(v, i)), 0) / 2,
    rowGradient(v, _, out) {
      for (let i = 0; i < D; i++) out[i] = slope(v, i)
    },
    parameterGradient: () => {},
  }
  const isCoupled = matrix.some((row, i) => row.some((each, j) => i !== j && each !== 0))
  return speaking(
    definition,
    reals(D),
    (_, natural) => {
      for (let i = 0; i < D; i++) {
        natural.linear[i] += linear[i]
        if (natural.precision.length === D) natural.precision[i] += matrix[i][i]
        else for (let j = 0; j < D; j++) natural.precision[i * D + j] += matrix[i][j]
      }
    },
    isCoupled,
  )
}

/** One binary hidden unit over real values: f = log(1 + e^(w·v + c)). */
export function switching(w: number[], c: number): Product {
  const input = (v: ArrayLike<number>) => w.reduce((sum, weight, i) => sum + weight * v[i], c)
  const definition: CustomDefinition = {
    name: 'switching',
    parameters: () => ({ unused: new Float64Array(1) }),
    logDensity: v => Math.max(input(v), 0) + Math.log1p(Math.exp(-Math.abs(input(v)))),
    rowGradient(v, _, out) {
      for (let i = 0; i < w.length; i++) out[i] = w[i] / (1 + Math.exp(-input(v)))
    },
    parameterGradient: () => {},
  }
  return speaking(definition, reals(w.length), (state, natural, uniform) => {
    if (uniform() >= 1 / (1 + Math.exp(-input(state)))) return
    for (let i = 0; i < w.length; i++) natural.linear[i] += w[i]
  })
}

/** f = −Σ |v|: the height under the density is drawn, and bounds the values that are at least as high. */
export function pointed(size: number): Product {
  const definition: CustomDefinition = {
    name: 'pointed',
    parameters: () => ({ unused: new Float64Array(1) }),
    logDensity: v => v.reduce((sum, value) => sum - Math.abs(value), 0),
    rowGradient(v, _, out) {
      for (let i = 0; i < size; i++) out[i] = -Math.sign(v[i])
    },
    parameterGradient: () => {},
  }
  return speaking(definition, reals(size), (state, natural, uniform) => {
    for (let i = 0; i < size; i++) {
      const reach = Math.abs(state[i]) - Math.log(1 - uniform())
      natural.lower[i] = Math.max(natural.lower[i], -reach)
      natural.upper[i] = Math.min(natural.upper[i], reach)
    }
  })
}

/** f = Σ_k v_k b_k over a group of states. */
export function biased(b: number[]): Product {
  const definition: CustomDefinition = {
    name: 'biased',
    units: ['softmax'],
    parameters: () => ({ b: Float64Array.from(b) }),
    logDensity: (v, own) => v.reduce((sum, value, k) => sum + value * own.b[k], 0),
    rowGradient: () => {},
    parameterGradient(v, _, out) {
      out.b.set(v)
    },
  }
  return speaking(definition, [{ kind: 'softmax', size: b.length }], (_, natural) => {
    for (let k = 0; k < b.length; k++) natural.linear[k] += b[k]
  })
}
