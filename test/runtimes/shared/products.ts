/** Bare products of every family: all that the interface `Product` offers, with gaps, for default and stream options. */
import {
  estimateLogPartition,
  exactLogPartition,
  type Family,
  families,
  type Product,
  rbm,
  type VisibleGroup,
} from 'veto'
import { Draws } from './draws.ts'
import type { Report } from './report.ts'

const sizes = {
  bernoulli: [13],
  softmax: [4, 2, 9],
  real: [1, 6, 4],
  index: [5, 40, 3],
  tokens: [64],
  count: [4, 1, 9],
  sequence: [7],
}

/** Does the family take such a layer? Some want groups of one kind and size. */
function takes(family: Family, visible: readonly VisibleGroup[]): boolean {
  try {
    family.create(visible).release()
    return true
  } catch {
    return false
  }
}

/** A visible layer of all kinds of units that the family has, or one for each kind. */
export function layersOf(family: Family): VisibleGroup[][] {
  const each = family.units.map(kind => sizes[kind].map(size => ({ kind, size })))
  const all = each.flat()
  if (takes(family, all)) return [all]
  return each.map(groups => (takes(family, groups) ? groups : groups.map(({ kind }) => ({ kind, size: 5 }))))
}

/** Values that one group takes up in a row; a group of tokens as many as a product of it alone. */
function placesOf(family: Family, { kind, size }: VisibleGroup): number {
  if (kind === 'index' || kind === 'count') return 1
  if (kind !== 'tokens' && kind !== 'sequence') return size
  const product = family.create([{ kind, size }])
  const { width } = product
  product.release()
  return width
}

/** The values of a group; numbers are now and then huge. */
function valuesOf({ kind, size }: VisibleGroup, places: number, draws: Draws): number[] {
  if (kind === 'index') return [draws.below(size)]
  if (kind === 'count') return [draws.below(size + 1)]
  if (kind === 'sequence') {
    const length = 1 + draws.below(12)
    return Array.from({ length: places }, (_, t) => (t < length ? draws.below(size) : Number.NaN))
  }
  if (kind === 'real') return Array.from({ length: size }, () => draws.bell() * (draws.oneIn(60) ? 1e30 : 3))
  if (kind === 'bernoulli')
    return Array.from({ length: size }, () => (draws.oneIn(3) ? draws.uniform() : draws.below(2)))
  if (kind === 'softmax') {
    const on = draws.below(size)
    return Array.from({ length: size }, (_, state) => Number(state === on))
  }
  const active = Array.from({ length: 1 + draws.below(6) }, () => draws.below(size))
  return Array.from({ length: places }, (_, i) => [...new Set(active)][i] ?? Number.NaN)
}

/** `count` rows, about one group in `gap` missing. */
export function rowsOf(
  family: Family,
  visible: readonly VisibleGroup[],
  count: number,
  seed: number,
  gap: number,
): Float32Array {
  const draws = new Draws(seed)
  const places = visible.map(group => placesOf(family, group))
  const values: number[] = []
  for (let row = 0; row < count; row++)
    for (const [g, group] of visible.entries()) {
      const given = valuesOf(group, places[g], draws)
      values.push(...(draws.oneIn(gap) ? given.map(() => Number.NaN) : given))
    }
  return Float32Array.from(values)
}

function ask(report: Report, name: string, product: Product, row: Float32Array): void {
  report.add(`${name}: free energy`, [product.freeEnergy(row)])
  report.add(`${name}: surprise`, product.surprise(row))
  report.add(`${name}: reconstruct`, [...product.reconstruct(row), ...product.reconstruct(row, 4)])
  report.add(`${name}: transform`, product.transformOne(row))
  const groups = product.surprise(row).length
  for (let group = 0; group < groups; group += 1 + (groups >> 2))
    report.add(`${name}: conditional`, product.conditional(row, group))
}

function product(
  report: Report,
  name: string,
  family: Family,
  visible: readonly VisibleGroup[],
  options: Family['streamOptions'],
): void {
  const made = family.create(visible, { ...options, seed: 8 })
  const rows = (count: number, seed: number, gap: number) => rowsOf(family, visible, count, seed, gap)
  made.initialise(rows(60, 1, 1000))
  for (let n = 0; n < 75; n++) {
    const row = rows(1, 100 + n, 6)
    n % 10 === 0 ? made.notice(row) : made.learnOne(row)
    if (n % 15 === 0) ask(report, name, made, row)
  }
  made.learnMany(rows(100, 2, 8))
  report.add(`${name}: free energies`, made.freeEnergies(rows(40, 3, 5)))
  report.add(`${name}: sample`, made.sample(5, 3))
  ask(report, name, made, rows(1, 4, 2))
  const tensors = made.tensors()
  for (const [tensor, { data }] of Object.entries(tensors)) report.add(`${name}: tensor ${tensor}`, data)
  const again = family.create(visible, made.options)
  again.restore(tensors)
  again.learnMany(rows(20, 5, 8))
  report.add(`${name}, restored: free energies`, again.freeEnergies(rows(20, 6, 5)))
  again.release()
  made.release()
}

/** log Z of a small machine: annealed both ways, and exact. */
async function logPartitions(report: Report): Promise<void> {
  const visible = [{ kind: 'bernoulli', size: 6 } as const, { kind: 'softmax', size: 3 } as const]
  const machine = rbm.create(visible, { hidden: 5, seed: 3 })
  const rows = rowsOf(rbm, visible, 300, 7, 1e9)
  machine.initialise(rows)
  machine.learnMany(rows)
  report.add('log partition: exact', [exactLogPartition(machine)])
  for (const direction of ['forward', 'reverse'] as const) {
    const options = {
      chains: 20,
      temperatures: 50,
      direction,
      starts: direction === 'reverse' ? rows : undefined,
    }
    const { logWeights, states, ...figures } = await estimateLogPartition(machine, options)
    const name = `log partition, ${direction}`
    report.add(`${name}: log weights`, logWeights)
    report.add(`${name}: states`, states)
    for (const [figure, value] of Object.entries(figures)) report.add(`${name}: ${figure}`, [value])
  }
  machine.release()
}

export async function products(report: Report): Promise<void> {
  for (const family of families) {
    for (const visible of layersOf(family)) {
      const name = `${family.name}, ${[...new Set(visible.map(({ kind }) => kind))].join(' ')}`
      product(report, `${name}, default options`, family, visible, {})
      product(report, `${name}, options for streams`, family, visible, family.streamOptions)
    }
  }
  await logPartitions(report)
}
