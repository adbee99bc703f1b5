/** What an energy says about one group of a row, all others given: p(x_g | x_−g), from nothing but evaluations of F. */
import { exp, log } from '../elementary.ts'
import { type Group, setState } from './groups.ts'

/** F of a row, in nats, up to log Z. Infinite or NaN where there is no density. */
export type Energy = (row: Float64Array) => number

const finiteOr = (energy: number) => (Number.isFinite(energy) ? energy : Number.POSITIVE_INFINITY)

/** Energies turned into probabilities in place; the likeliest state has its own where none has a finite energy. */
function normalise(energies: Float64Array): Float64Array {
  const least = energies.reduce((least, energy) => Math.min(least, energy), Number.POSITIVE_INFINITY)
  if (least === Number.POSITIVE_INFINITY) return energies.fill(1 / energies.length)
  let sum = 0
  for (let k = 0; k < energies.length; k++) {
    energies[k] = exp(least - energies[k])
    sum += energies[k]
  }
  for (let k = 0; k < energies.length; k++) energies[k] /= sum
  return energies
}

/** p of each state of a group, exactly: F is evaluated for every one. The row is left as it was. */
export function stateProbabilities(energy: Energy, row: Float64Array, group: Group): Float64Array {
  const own = row.slice(group.start, group.start + group.values)
  const energies = new Float64Array(group.states)
  for (let state = 0; state < group.states; state++) {
    setState(row, group, state)
    energies[state] = finiteOr(energy(row))
  }
  row.set(own, group.start)
  return normalise(energies)
}

/** Draw a state of a group given all others, into the row. */
export function drawState(energy: Energy, row: Float64Array, group: Group, uniform: number): void {
  const masses = stateProbabilities(energy, row, group)
  setState(row, group, stateAt(masses, uniform))
}

/** The state that a uniform number falls to. */
export function stateAt(masses: ArrayLike<number>, uniform: number): number {
  let left = uniform
  for (let state = 0; state < masses.length - 1; state++) {
    left -= masses[state]
    if (left < 0) return state
  }
  return masses.length - 1
}

/** −Σ share log p over the states that the row has, shares being 0 and 1 unless they are divided between states. */
export function surpriseOfStates(masses: Float64Array, row: ArrayLike<number>, group: Group): number {
  const { kind, start } = group
  const cost = (share: number, mass: number) => (share > 0 ? -share * log(Math.max(mass, LEAST)) : 0)
  if (kind === 'bernoulli') return cost(row[start], masses[1]) + cost(1 - row[start], masses[0])
  if (kind !== 'softmax') return cost(1, masses[row[start]])
  let sum = 0
  for (let k = 0; k < masses.length; k++) sum += cost(row[start + k], masses[k])
  return sum
}

/** Below it a chance is none: the logarithm of the smallest number there is. */
const LEAST = 5e-324

/** Each step leaves .618 of an interval: 6e-5 of it in the end, which a parabola then refines. */
const STEPS = 20
const GOLDEN = (Math.sqrt(5) - 1) / 2

/**
 * The value of a real unit that makes the energy least, and that energy: the best of the candidates, in ascending order,
 * then golden sections between its neighbours and the vertex of a parabola. The row is left as it was.
 */
export function likeliest(
  energy: Energy,
  row: Float64Array,
  at: number,
  candidates: readonly number[],
): { value: number; energy: number } {
  const own = row[at]
  const f = (value: number) => {
    row[at] = value
    return finiteOr(energy(row))
  }
  const energies = candidates.map(f)
  let best = 0
  for (let i = 1; i < energies.length; i++) if (energies[i] < energies[best]) best = i
  const found = { value: candidates[best], energy: energies[best] }
  const keep = (value: number) => {
    const there = f(value)
    if (there < found.energy) {
      found.value = value
      found.energy = there
    }
    return there
  }
  let low = candidates[Math.max(0, best - 1)]
  let high = candidates[Math.min(candidates.length - 1, best + 1)]
  for (let step = 0; step < STEPS && high > low; step++) {
    const [first, second] = [high - GOLDEN * (high - low), low + GOLDEN * (high - low)]
    if (keep(first) < keep(second)) high = second
    else low = first
  }
  keep(vertexOf(found.value, Math.max(high - low, 1e-6 * Math.abs(found.value)), f))
  row[at] = own
  return found
}

/** Points between suggestions and around them. */
const POINTS = 24

/** Where the likeliest value may be when several opinions suggest one each: between them, if each sees one alone. */
export function aroundSuggestions(suggested: readonly number[]): number[] {
  const [low, high] = [Math.min(...suggested), Math.max(...suggested)]
  const reach = Math.max((high - low) / 2, 1e-3 * Math.max(1, Math.abs(low), Math.abs(high)))
  const step = (high - low + 2 * reach) / (POINTS - 1)
  const points = Array.from({ length: POINTS }, (_, i) => low - reach + step * i)
  return [...suggested, ...points].sort((a, b) => a - b)
}

/** The lowest point of the parabola through three points of a function, `width` apart. */
function vertexOf(middle: number, width: number, f: (value: number) => number): number {
  const [before, here, after] = [f(middle - width), f(middle), f(middle + width)]
  const bend = before - 2 * here + after
  const vertex = middle + (0.5 * width * (before - after)) / bend
  return bend > 0 && Math.abs(vertex - middle) <= width ? vertex : middle
}
