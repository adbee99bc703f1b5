/** Whoever is timed: one face for this project's kernel, a rival kernel in WebAssembly and rivals in processes of their own. */
import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import type { Product } from '../pipeline/experts/product.ts'
import { rbm } from '../pipeline/experts/rbm.ts'

/** A machine and the rows to learn from: w is (H, D), rows are (B, D). */
export interface Problem {
  readonly width: number
  readonly hidden: number
  readonly w: Float32Array
  readonly b: Float32Array
  readonly c: Float32Array
  readonly rows: Float32Array
}

export type Parameters = Pick<Problem, 'w' | 'b' | 'c'>

export interface Contestant {
  readonly name: string
  /** Does it do CD-1 with the means of the visible units, so that the float64 reference can check it? */
  readonly comparable: boolean
  /** Take over parameters and rows. */
  load(problem: Problem): Promise<void>
  /** One update from each of `count` rows in turn, from the first again after the last; microseconds it took. */
  learn(count: number, rate: number): Promise<number>
  parameters(): Promise<Parameters>
  close(): void
}

/** Plain CD-1: no chains, no centring, no averages, no decay, means of the visible units. */
const plainContrastiveDivergence = {
  cdSteps: 1,
  persistentChains: 0,
  sampleVisible: false,
  learningRateDecay: 0,
  learningRateFloor: 0,
  weightDecay: 0,
  momentum: 0,
  centering: false,
  averaging: false,
}

/** The family `rbm` as a program uses it; `call` says which of its two methods is timed. */
export function veto(call: 'learnOne' | 'learnMany', relaxed: boolean): Contestant {
  let problem: Problem
  let product: Product | undefined
  let learningRate = Number.NaN
  /** The rate is an option of a product: another rate is another product. */
  const productAt = (rate: number) => {
    if (!product || rate !== learningRate) {
      const { width, hidden } = problem
      product?.release()
      product = rbm.create(
        [{ kind: 'bernoulli', size: width }],
        { ...plainContrastiveDivergence, hidden, learningRate: rate },
        { relaxed },
      )
      learningRate = rate
    }
    return product
  }
  return {
    name: `veto ${call}, ${relaxed ? 'relaxed' : 'plain'} SIMD`,
    comparable: true,
    async load(given) {
      if (problem !== given) learningRate = Number.NaN
      problem = given
    },
    async learn(count, rate) {
      const { width, rows, w, b, c } = problem
      const learner = productAt(rate)
      const tensors = learner.tensors()
      for (const [name, data] of Object.entries({ w, b, c })) {
        tensors[`experts.${name}`] = { ...tensors[`experts.${name}`], data }
      }
      learner.restore(tensors)
      const total = rows.length / width
      const views = Array.from({ length: total }, (_, k) => rows.subarray(k * width, (k + 1) * width))
      const start = performance.now()
      if (call === 'learnOne') for (let k = 0; k < count; k++) learner.learnOne(views[k % total])
      else
        for (let k = 0; k < count; k += total)
          learner.learnMany(rows.subarray(0, Math.min(total, count - k) * width))
      return (performance.now() - start) * 1000
    },
    async parameters() {
      const tensors = productAt(learningRate).tensors()
      const of = (name: string) => tensors[`experts.${name}`].data as Float32Array
      return { w: of('w'), b: of('b'), c: of('c') }
    },
    close: () => product?.release(),
  }
}

/** What a rival module exports; addresses and strides in bytes. */
interface RivalExports {
  memory: WebAssembly.Memory
  /** Make room for a machine of D visible and H hidden units. */
  init(visible: number, hidden: number, seed: number): void
  /** 0: W, 1: visible biases, 2: hidden biases, 9: the stride of a row of W. */
  ptr(index: number): number
  /** One update from the padded row at that address. */
  immediate(row: number, rate: number): void
  /** Optional: how many rows of W it works on at a time. */
  setPanel?(rows: number): void
}

/** A kernel of another origin, given as a file. */
export function rival(file: string, panel?: number): Contestant {
  const module = new WebAssembly.Module(readFileSync(file))
  let kernel: RivalExports
  let problem: Problem
  let rowsAt = 0
  const floats = (address: number, length: number) => new Float32Array(kernel.memory.buffer, address, length)
  const stride = () => kernel.ptr(9)
  return {
    name: basename(file),
    comparable: true,
    async load(given) {
      const { width, hidden, rows, w, b, c } = given
      if (problem !== given) {
        kernel = new WebAssembly.Instance(module).exports as unknown as RivalExports
        kernel.init(width, hidden, 1)
        if (panel !== undefined) kernel.setPanel?.(panel)
        // Rows go behind everything that the module has laid out, in pages of its own.
        rowsAt = kernel.memory.grow(Math.ceil(((rows.length / width) * stride()) / 65536) + 1) * 65536
        for (let k = 0; k * width < rows.length; k++) {
          floats(rowsAt + k * stride(), width).set(rows.subarray(k * width, (k + 1) * width))
        }
      }
      problem = given
      for (let j = 0; j < hidden; j++) {
        floats(kernel.ptr(0) + j * stride(), width).set(w.subarray(j * width, (j + 1) * width))
      }
      floats(kernel.ptr(1), width).set(b)
      floats(kernel.ptr(2), hidden).set(c)
    },
    async learn(count, rate) {
      const total = problem.rows.length / problem.width
      const bytes = stride()
      const start = performance.now()
      for (let k = 0; k < count; k++) kernel.immediate(rowsAt + (k % total) * bytes, rate)
      return (performance.now() - start) * 1000
    },
    async parameters() {
      const { width, hidden } = problem
      const w = new Float32Array(hidden * width)
      for (let j = 0; j < hidden; j++) w.set(floats(kernel.ptr(0) + j * stride(), width), j * width)
      return { w, b: floats(kernel.ptr(1), width).slice(), c: floats(kernel.ptr(2), hidden).slice() }
    },
    close: () => {},
  }
}
