/** A kernel of another origin, given as a WebAssembly file: bench/peers/README.md has its exports. */
import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import type { Problem } from './problem.ts'
import type { Rival } from './rival.ts'

/** What such a module exports; addresses and strides in bytes. */
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

export function wasmRival(file: string, panel?: number): Rival {
  const module = new WebAssembly.Module(readFileSync(file))
  let kernel: RivalExports
  let problem: Problem
  let rowsAt = 0
  const floats = (address: number, length: number) => new Float32Array(kernel.memory.buffer, address, length)
  const stride = () => kernel.ptr(9)
  return {
    name: basename(file),
    version: `Node ${process.version}`,
    comparable: true,
    async load(given) {
      const { width, hidden, rows, w, b, c } = given
      kernel = new WebAssembly.Instance(module).exports as unknown as RivalExports
      kernel.init(width, hidden, 1)
      if (panel !== undefined) kernel.setPanel?.(panel)
      // Rows go behind everything that the module has laid out, in pages of its own.
      rowsAt = kernel.memory.grow(Math.ceil(((rows.length / width) * stride()) / 65536) + 1) * 65536
      for (let k = 0; k * width < rows.length; k++) {
        floats(rowsAt + k * stride(), width).set(rows.subarray(k * width, (k + 1) * width))
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
