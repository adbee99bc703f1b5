/** Mixture experts: their expansion, their chains, and how many modes so many components are worth. */
import { uniforms } from '../../fixtures/random.ts'
import { mixture as family } from '../../pipeline/experts/mixture.ts'
import type { FamilyOptions, Product } from '../../pipeline/experts/product.ts'
import { mixtureLogPartition } from '../../pipeline/likelihood/mixture.ts'
import { entropyOf, fitMixture, logLikelihood } from '../../test/reference/expectation-maximisation.ts'
import * as oracle from '../../test/reference/mixture.ts'
import type { Finding } from './finding.ts'
import { working } from './progress.ts'

const real = (size: number) => [{ kind: 'real' as const, size }]
const modelOf = (product: Product) =>
  oracle.mixturesOf(oracle.parametersOf(product.tensors()), Number(product.options.components))

/** 3 experts of 2 components over two fields, drawn anew: 8 terms. */
function small(): Product {
  const product = family.create(real(2), { experts: 3, components: 2 })
  const uniform = uniforms(3)
  const tensors = product.tensors()
  const draw = (low: number, high: number) => () => low + (high - low) * uniform()
  for (const [name, next] of [
    ['experts.means', draw(-2, 2)],
    ['experts.roots', draw(0.4, 1.4)],
    ['experts.logits', draw(-1, 1)],
  ] as const)
    tensors[name].data.set(Float32Array.from(tensors[name].data, next))
  product.restore(tensors)
  return product
}

function* expansion(): Generator<Finding> {
  const product = small()
  const experts = modelOf(product)
  const modes = oracle.expansion(experts)
  const uniform = uniforms(4)
  const rows = Array.from({ length: 1000 }, () => Float32Array.of(8 * uniform() - 4, 8 * uniform() - 4))
  const off = rows.map(row => Math.abs(oracle.logExpanded(modes, row) + oracle.energy(experts, row)))
  yield {
    what: 'K = 2, M = 3, D = 2: log density beside the expansion of 8 terms, float64, nats',
    figure: Math.max(...off),
    goal: 1e-10,
    bound: 'most',
  }
  yield {
    what: 'the same, log Z, nats',
    figure: Math.abs(mixtureLogPartition(product) - oracle.logPartition(experts)),
    goal: 1e-10,
    bound: 'most',
  }
  const kernel = rows.map(row => Math.abs(product.freeEnergy(row) + oracle.logExpanded(modes, row)))
  // Terms up to some hundred nats, a dozen float32 roundings of them.
  yield {
    what: 'the same, the kernel in float32, nats',
    figure: Math.max(...kernel),
    goal: 1e-3,
    bound: 'most',
  }
  product.release()
}

const CELLS = 50
const [LOW, HIGH] = [-4, 4]
const SIDE = (HIGH - LOW) / CELLS

/** Masses of the cells of a grid, and of all that is outside: midpoints of 4 × 4 parts of each. */
function masses(modes: readonly oracle.Mode[]): Float64Array {
  const total = oracle.logSumExp(modes.map(({ logMass }) => logMass))
  const cells = new Float64Array(CELLS * CELLS + 1)
  for (let cell = 0; cell < CELLS * CELLS; cell++) {
    for (let part = 0; part < 16; part++) {
      const x = LOW + SIDE * (Math.floor(cell / CELLS) + ((part >> 2) + 0.5) / 4)
      const y = LOW + SIDE * ((cell % CELLS) + ((part & 3) + 0.5) / 4)
      cells[cell] += (Math.exp(oracle.logExpanded(modes, [x, y]) - total) * SIDE * SIDE) / 16
    }
  }
  cells[CELLS * CELLS] = 1 - cells.reduce((sum, mass) => sum + mass, 0)
  return cells
}

function cellOf(x: number, y: number): number {
  const [i, j] = [x, y].map(value => Math.floor((value - LOW) / SIDE))
  return i >= 0 && i < CELLS && j >= 0 && j < CELLS ? i * CELLS + j : CELLS * CELLS
}

/** Half the sum of absolute differences of the masses of cells and the shares of rows in them. */
function totalVariation(rows: ArrayLike<number>, expected: Float64Array): number {
  const found = new Float64Array(expected.length)
  for (let at = 0; at < rows.length; at += 2) found[cellOf(rows[at], rows[at + 1])] += 2 / rows.length
  return found.reduce((sum, share, cell) => sum + Math.abs(share - expected[cell]), 0) / 2
}

function* chains(): Generator<Finding> {
  const samples = 1_000_000
  const product = small()
  const modes = oracle.expansion(modelOf(product))
  const expected = masses(modes)
  // What as many independent draws come to.
  const perfect = totalVariation(oracle.draw(modes, samples, uniforms(5)).flat(), expected)
  const goal = 0.02
  const what = `${samples} samples, ${CELLS} × ${CELLS} cells: total variation`
  yield { what: `${what}, independent draws`, figure: perfect, goal, bound: 'most' }
  yield {
    what: `${what}, after 20 sweeps`,
    figure: totalVariation(product.sample(samples, 20), expected),
    goal,
    bound: 'most',
  }
  const walked = product.sample(samples, 0)
  product.walk?.(
    walked,
    20,
    Uint32Array.from({ length: 16 }, (_, n) => n + 1),
  )
  yield {
    what: `${what}, 20 sweeps without draws of components given each other`,
    figure: totalVariation(walked, expected),
    goal,
    bound: 'most',
  }
  product.release()
}

const D = 4
/** One expert for each field, three components 4 deviations apart: 81 modes. */
const MODES = oracle.expansion(
  Array.from({ length: D }, (_, m) =>
    [0.3, 0.45, 0.25].map((weight, k) => ({
      weight,
      mean: Array.from({ length: D }, (_, i) => (i === m ? 4 * (k - 1) : 0)),
      root: Array.from({ length: D }, (_, i) => (i === m ? 1 : 1e-3)),
    })),
  ),
)

function* efficiency(): Generator<Finding> {
  const rows = oracle.draw(MODES, 100_000, uniforms(1))
  const unseen = oracle.draw(MODES, 10_000, uniforms(2))
  const entropy = entropyOf(MODES, unseen)
  const online: FamilyOptions = { experts: 4, components: 3, learningRate: 0.05, learningRateFloor: 0.001 }
  const [all, others] = [rows, unseen].map(each => Float32Array.from(each.flat()))
  for (const seed of [1, 2, 3]) {
    const product = family.create(real(D), { ...online, seed })
    product.initialise(all.subarray(0, 500 * D))
    for (let pass = 0; pass < 2; pass++) product.learnMany(all)
    const energy = product.freeEnergies(others).reduce((sum, nats) => sum + nats, 0) / unseen.length
    yield {
      what: `81 modes, 4 experts of 3 components, 100,000 rows twice, seed ${seed}: nats above the entropy`,
      figure: energy + mixtureLogPartition(product) - entropy,
      goal: 0.05,
      bound: 'most',
    }
    product.release()
  }
  working('a mixture of 12 by expectation and maximisation, ten starts')
  const starts = Array.from({ length: 10 }, (_, seed) =>
    fitMixture(rows.slice(0, 10_000), 12, uniforms(seed + 20)),
  )
  const best = Math.max(...starts.map(found => logLikelihood(found, unseen)))
  yield {
    what: '81 modes, one mixture of 12 components, the best of ten: nats above the entropy',
    figure: -best - entropy,
    goal: 0.05,
    bound: 'least',
  }
}

export function* mixture(): Generator<Finding> {
  yield* expansion()
  yield* chains()
  yield* efficiency()
}
