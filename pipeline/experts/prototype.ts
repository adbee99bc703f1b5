/**
 * Prototypes: a product of mixtures with heavy tails, g_e(x) = (ε + min_j d(x, μ_ej))^(−1/2), whose centres μ are a random
 * sample of the stream. For numbers of any scale: what is far from everything that was seen has a high free energy.
 */
import kernel from '#kernels/prototype'
import { checkWithin, isRowCount } from '../bounds.ts'
import { type KernelFamily, type Magnitudes, real, whole } from '../kernel-family.ts'
import { widthOf } from '../visible.ts'
import { defineFamily } from './define.ts'
import { checkGenerators } from './generators.ts'
import type { Family, FamilyOptions, Tensor, Tensors } from './product.ts'

/** Values beyond it count as it, so that no difference of two overflows: see assembly/prototype/model.ts. */
const LARGEST = 2 ** 126
/** Of sums of squares: those of 2⁵³ such values, and some more. */
const LARGEST_SQUARES = 1e100

const rules: KernelFamily = {
  name: 'prototype',
  units: ['real'],
  options: [
    /** E: from 16 on more of them change little but cost more. */
    whole('experts', 64, 1, 2 ** 20),
    /** P, centres of an expert: few, so that a cluster of anomalies is rarely among them. */
    whole('centres', 16, 1, 2 ** 20),
    /** A new row is taken with probability centres / min(rows so far, decay); 0: without the bound, nothing fades. */
    real('decay', 50_000, 0, 1e15),
    /** Share of the fields, at least one of them, that an expert looks at. */
    real('fieldShare', 1, 0, 1),
    /** Rate of contrastive divergence on the centres, which changed nothing beyond noise; 0: none. */
    real('learningRate', 0, 0, 1),
    /** R, learned rows that robust scales are found from. */
    whole('reservoir', 1024, 4, 2 ** 20),
    whole('seed', 1, 0, 2 ** 32 - 1),
  ],
  tensors: [
    { name: 'experts.centres', type: 'F32' },
    { name: 'experts.counts', type: 'U32' },
    { name: 'experts.fields', type: 'U32' },
    { name: 'scales', type: 'F32' },
    { name: 'moments', type: 'F64' },
    { name: 'reservoir', type: 'F32' },
    { name: 'reservoir.present', type: 'U32' },
    { name: 'random', type: 'U32' },
    { name: 'counters', type: 'F64' },
  ],
  leastValues: ({ experts, centres, reservoir }, visible) =>
    Number(experts) * Number(centres) + Number(reservoir) * widthOf(visible),
  /** E × P: which centre of each expert is nearest. */
  features: ({ experts, centres }) => Number(experts) * Number(centres),
  checkTensors,
}

function check(name: string, { data }: Tensor, expected: string, allows: (value: number) => boolean): void {
  // Keys bring their models back thousands of times a second: no copies.
  for (let i = 0; i < data.length; i++) {
    if (!allows(data[i])) throw new RangeError(`Expected ${expected} in tensor ${name}, got ${data[i]}.`)
  }
}

/** What addresses memory, and what would make distances that are no numbers: a damaged file is refused here. */
function checkTensors(
  tensors: Tensors,
  { centres, reservoir }: Readonly<FamilyOptions>,
  magnitudes: Magnitudes,
): void {
  for (const name of ['experts.centres', 'reservoir']) checkWithin(name, magnitudes[name], LARGEST)
  check(
    'experts.counts',
    tensors['experts.counts'],
    `numbers up to ${centres}`,
    count => count <= Number(centres),
  )
  const width = tensors.scales.shape[1]
  if (tensors['experts.fields']) {
    check('experts.fields', tensors['experts.fields'], `fields below ${width}`, field => field < width)
  }
  check('scales', tensors.scales, 'values of at least 0', value => value >= 0)
  checkMoments(tensors.moments, width)
  check('counters', tensors.counters, 'numbers of rows', isRowCount)
  if (tensors.counters.data[2] > Number(reservoir)) {
    throw new RangeError(
      `Expected up to ${reservoir} rows in the reservoir, got ${tensors.counters.data[2]}.`,
    )
  }
  checkGenerators(tensors.random)
}

/** Rows of counts, means and sums of squares. */
function checkMoments({ data }: Tensor, width: number): void {
  for (let field = 0; field < width; field++) {
    const [count, mean, squares] = [data[field], data[width + field], data[2 * width + field]]
    const squared = squares >= 0 && squares <= LARGEST_SQUARES
    if (isRowCount(count) && Math.abs(mean) <= LARGEST && squared) continue
    throw new RangeError(
      `Expected moments of field ${field}: a number of rows, a mean up to 2^126 and a sum of squares, ` +
        `got ${count}, ${mean} and ${squares}.`,
    )
  }
}

export const prototype: Family = defineFamily(rules, kernel, {
  encodings: { number: 'real', boolean: 'real' },
  streamOptions: {},
  lightOptions: { experts: 16, reservoir: 128 },
  relativeTo: 'past',
  remembersRows: true,
  fillsGaps: true,
})
