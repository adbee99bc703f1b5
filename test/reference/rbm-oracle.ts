/** The restricted Boltzmann machine for the contract: its density, gradient and first update by definition. */
import type { FamilyOptions, VisibleGroup } from '../../pipeline/experts/product.ts'
import { widthOf } from '../../pipeline/visible.ts'
import type { Oracle, Parameters } from './oracle.ts'
import { freeEnergy, groupsOf, hiddenMeans, type Machine, statistics, sum } from './rbm.ts'

/** What moves besides the parameters of the machine: means, averages, and the number of rows that says which of them score. */
const OTHERS = ['offset.visible', 'offset.hidden', 'counters']

const names = (prefix: string, real: boolean) =>
  ['w', 'b', 'c', ...(real ? ['logVariance'] : [])].map(name => `${prefix}.${name}`)

/** The machine that a tensor list holds. */
function machineOf(
  visible: readonly VisibleGroup[],
  parameters: Parameters,
  prefix: string,
  replicas: number,
): Machine {
  const [w, b, c, logVariance] = names(prefix, true).map(name => parameters[name])
  const width = b.length
  const rows = Array.from(c, (_, j) => w.subarray(j * width, (j + 1) * width))
  return { visible, w: rows, b, c, replicas, ...(logVariance && { logVariance }) }
}

/** ∂ log p* / ∂ parameters, by the last parts of their names. */
function gradientOf(machine: Machine, row: ArrayLike<number>) {
  const { w, b, logVariance, replicas = 1 } = machine
  const x = statistics(machine, row)
  const s = hiddenMeans(machine, row).map(mean => replicas * mean)
  const slopes = {
    w: Float64Array.from(s.flatMap(mean => x.map(value => mean * value))),
    b: Float64Array.from(x),
    c: Float64Array.from(s),
    logVariance: new Float64Array(b.length),
  }
  for (const { kind, start } of groupsOf(machine.visible)) {
    if (kind !== 'real' || Number.isNaN(row[start])) continue
    const precision = Math.exp(-(logVariance?.[start] ?? 0))
    const pull = sum(w.map((weights, j) => weights[start] * s[j]))
    slopes.b[start] -= b[start] * precision
    slopes.logVariance[start] = precision * ((row[start] - b[start]) ** 2 / 2 - row[start] * pull)
  }
  return slopes
}

export function oracle(visible: readonly VisibleGroup[], given: FamilyOptions): Oracle {
  const real = visible.some(({ kind }) => kind === 'real')
  const replicas = Number(given.replicas ?? 1)
  const averaging = given.averaging !== false
  const parameters = [...names('experts', real), ...(averaging ? names('average', real) : []), ...OTHERS]
  // Until the first interval is full the parameters score, and then their averages.
  const prefixOf = ({ counters }: Parameters) =>
    averaging && counters[0] >= Number(given.averagingInterval ?? 20) - 0.5 ? 'average' : 'experts'
  return {
    parameters,
    logDensity: (all, row) => -freeEnergy(machineOf(visible, all, prefixOf(all), replicas), row),
    gradient: (all, row) => {
      const prefix = prefixOf(all)
      const slopes = gradientOf(machineOf(visible, all, prefix, replicas), row)
      const own = names(prefix, real).map((name, n) => [
        name,
        [slopes.w, slopes.b, slopes.c, slopes.logVariance][n],
      ])
      const still = parameters.map(name => [name, new Float64Array(all[name].length)])
      return { ...Object.fromEntries(still), ...Object.fromEntries(own) }
    },
    step: (all, _, options, row = [], reconstruction = []) =>
      stepOf(visible, all, options, row, reconstruction),
  }
}

/** What the row says of running means: they move first, and the update is centred by where they are then. */
function moveMeans(machine: Machine, all: Parameters, options: FamilyOptions, row: ArrayLike<number>) {
  const [learned, initial] = all.counters
  const share = Math.max(Number(options.centeringRate), 1 / (learned + initial + 2))
  const s = hiddenMeans(machine, row).map(mean => Number(options.replicas) * mean)
  return {
    mu: all['offset.visible'].map((mean, i) => mean + (Number.isNaN(row[i]) ? 0 : share * (row[i] - mean))),
    lambda: all['offset.hidden'].map((mean, j) => mean + Number(options.centeringRate) * (s[j] - mean)),
  }
}

/** A row whose reconstruction is farther off than 32 deviations counts as one that is as far off. */
function limit(machine: Machine, row: ArrayLike<number>, reconstruction: ArrayLike<number>): number {
  const real = groupsOf(machine.visible).filter(
    ({ kind, start }) => kind === 'real' && !Number.isNaN(row[start]),
  )
  const far = real.map(
    ({ start }) =>
      Math.abs(row[start] - reconstruction[start]) / Math.exp((machine.logVariance?.[start] ?? 0) / 2),
  )
  return 32 / Math.max(32, ...far)
}

/** What the learning rate of each column is multiplied with: σ² · realRate of a real unit, 1 / N of a count. */
function ratesOf(machine: Machine, options: FamilyOptions): Float64Array {
  const rates = new Float64Array(widthOf(machine.visible)).fill(1)
  for (const { kind, start, trials } of groupsOf(machine.visible)) {
    if (kind === 'real') rates[start] = Number(options.realRate) * Math.exp(machine.logVariance?.[start] ?? 0)
    if (kind === 'count') rates[start] = 1 / trials
  }
  return rates
}

/**
 * One centred update: with x less its offset and s less its own, ΔW = η r (⟨x s⟩ of the row − that of the reconstruction), r the
 * rate of the column; Δb and Δc follow from the same function written with offsets (Melchior, Fischer and Wiskott 2016).
 */
function stepOf(
  visible: readonly VisibleGroup[],
  all: Parameters,
  options: FamilyOptions,
  row: ArrayLike<number>,
  reconstruction: ArrayLike<number>,
): Record<string, Float64Array> {
  const replicas = Number(options.replicas)
  const machine = machineOf(visible, all, 'experts', replicas)
  const [width, hidden] = [machine.b.length, machine.c.length]
  const centering = options.centering === true
  const moved = centering
    ? moveMeans(machine, all, options, row)
    : { mu: all['offset.visible'], lambda: all['offset.hidden'] }
  const [own, other] = [gradientOf(machine, row), gradientOf(machine, reconstruction)]
  const apart = (name: 'w' | 'b' | 'c' | 'logVariance', i: number) => own[name][i] - other[name][i]
  const precision = (i: number) => Math.exp(-(machine.logVariance?.[i] ?? 0))
  const mu = Array.from(moved.mu, (mean, i) => (centering ? mean * precision(i) : 0))
  const lambda = centering ? moved.lambda : new Float64Array(hidden)
  const rate = (Math.max(Number(options.learningRate), 0) * limit(machine, row, reconstruction)) / replicas
  const rates = ratesOf(machine, options)
  const isThere = (i: number) => Number(!Number.isNaN(row[i]))

  const w = new Float64Array(all['experts.w'].length)
  const b = Float64Array.from(machine.b)
  const c = Float64Array.from(machine.c, (bias, j) => bias + rate * apart('c', j))
  for (let i = 0; i < width; i++) {
    const scale = rate * rates[i] * isThere(i)
    b[i] += scale * apart('b', i)
    for (let j = 0; j < hidden; j++) {
      const change = scale * (apart('w', j * width + i) - mu[i] * apart('c', j) - lambda[j] * apart('b', i))
      w[j * width + i] = (1 - rate * Number(options.weightDecay)) * machine.w[j][i] + change
      b[i] -= change * lambda[j]
      c[j] -= change * mu[i]
    }
  }
  const counters = Float64Array.from(all.counters)
  counters[0]++
  const found: Record<string, Float64Array> = {
    ...all,
    'experts.w': w,
    'experts.b': b,
    'experts.c': c,
    'offset.visible': moved.mu,
    'offset.hidden': moved.lambda,
    counters,
  }
  if (machine.logVariance) {
    found['experts.logVariance'] = moveVariances(machine, options, rate, moved.mu, (i, mean) => {
      const middle = (j: number) => mean + machine.w[j][i] * (0.5 - lambda[j] / replicas)
      const pulls = sum(machine.w.map((weights, j) => weights[i] * middle(j) * apart('c', j)))
      return isThere(i) * (apart('logVariance', i) + (centering ? precision(i) * pulls : 0))
    })
    if (centering) keepInputs(machine, found, moved.mu, lambda)
  }
  return found
}

/** ξ ← ξ + rate · gradient in centred coordinates, a tenth at most, within its bounds. */
function moveVariances(
  { visible, logVariance = new Float64Array(0) }: Machine,
  options: FamilyOptions,
  rate: number,
  mu: Float64Array,
  gradient: (i: number, mean: number) => number,
): Float64Array {
  const found = Float64Array.from(logVariance)
  const bounds = [options.leastDeviation, options.mostDeviation].map(bound => 2 * Math.log(Number(bound)))
  for (const { kind, start } of groupsOf(visible)) {
    if (kind !== 'real') continue
    const change = rate * Number(options.deviationRate) * gradient(start, mu[start])
    const value = found[start] + Math.min(Math.max(change, -0.1), 0.1)
    if (change !== 0) found[start] = Math.min(Math.max(value, bounds[0]), bounds[1])
  }
  return found
}

/** The hidden biases with which both sides of a unit weigh what they did before variances moved. */
function keepInputs(
  machine: Machine,
  found: Record<string, Float64Array>,
  mu: Float64Array,
  lambda: Float64Array,
): void {
  const { logVariance = new Float64Array(0), b, replicas = 1 } = machine
  for (let i = 0; i < b.length; i++) {
    const less = Math.exp(-logVariance[i]) - Math.exp(-found['experts.logVariance'][i])
    for (let j = 0; j < machine.c.length; j++) {
      const weight = found['experts.w'][j * b.length + i]
      found['experts.c'][j] += weight * (mu[i] + weight * (0.5 - lambda[j] / replicas)) * less
    }
  }
}
