// The family of the kernel: its visible units, its options with their rules, and its arrays, in the kernel's order.
import { readFileSync } from 'node:fs'
import { defineFamily, real, whole } from 'veto'

const kernel = readFileSync(new URL('laplace.wasm', import.meta.url))

export const laplace = defineFamily(
  {
    name: 'laplace',
    units: ['real'],
    options: [real('learningRate', 0.02, 0, 1), whole('seed', 1, 0, 2 ** 32 - 1)],
    tensors: [
      { name: 'experts.m', type: 'F32' },
      { name: 'experts.s', type: 'F32' },
      { name: 'random', type: 'U32' },
      { name: 'counters', type: 'F64' },
    ],
    // What a model file has to hold at least, and how many features a row has: m and s of every value, one feature each.
    leastValues: (_, visible) => 2 * visible.reduce((sum, { size }) => sum + size, 0),
    features: (_, visible) => visible.reduce((sum, { size }) => sum + size, 0),
    checkTensors: checkState,
  },
  kernel,
  { encodings: { number: 'real', boolean: 'real' }, streamOptions: {} },
)

/** Numbers that a damaged file may hold and that the kernel could not go on with. */
function checkState({ random, counters }, _, magnitudes) {
  if (!(magnitudes['experts.m'] <= 1e18 && magnitudes['experts.s'] <= 20)) {
    throw new RangeError('Expected places up to 1e18 and logarithms of widths up to 20, got others.')
  }
  for (const at of [0, 4]) {
    if (random.data.subarray(at, at + 4).every(word => word === 0)) {
      throw new RangeError('Expected the state of a generator, got zeros.')
    }
  }
  if (!Number.isInteger(counters.data[0]) || counters.data[0] < 0) {
    throw new RangeError(`Expected a number of rows, got ${counters.data[0]}.`)
  }
}
