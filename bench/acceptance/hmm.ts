/**
 * Products of hidden Markov models: Z by the chain over all experts' states; four of two states beside one of eight, whose
 * n bits of memory take 2ⁿ states (Hinton 2002, section 9); and "shut … up" (its figure 12).
 */
import { LENGTH, phrases, SHUT, UP } from '../../fixtures/phrases.ts'
import { uniforms } from '../../fixtures/random.ts'
import { hmm } from '../../pipeline/experts/hmm.ts'
import type { Product } from '../../pipeline/experts/product.ts'
import { hmmLogPartition } from '../../pipeline/likelihood/hmm.ts'
import { machineOf, recursions } from '../../test/reference/hmm.ts'
import { fitByExpectationMaximisation } from '../baum-welch.ts'
import { learnPhrases } from '../phrases.ts'
import type { Finding } from './finding.ts'
import { mention } from './progress.ts'

const window = (size: number, steps: number) =>
  Array.from({ length: steps }, () => ({ kind: 'index' as const, size }))

/** All strings of so many symbols. */
const strings = (symbols: number, steps: number) =>
  Array.from({ length: symbols ** steps }, (_, code) =>
    Array.from({ length: steps }, (_, t) => Math.floor(code / symbols ** t) % symbols),
  )

/** log Σ Π_m p_m over all strings, p_m by a forward recursion over the probabilities as they stand in the tensors. */
function bruteForce(product: Product, symbols: number, steps: number): number {
  const tensors = product.tensors()
  const [K, M] = [Number(product.options.states), Number(product.options.experts)]
  const at = (name: string, row: number, m: number) => Math.exp(tensors[`experts.${name}`].data[row * M + m])
  const states = Array.from({ length: K }, (_, k) => k)
  const own = (string: readonly number[], m: number) => {
    let forward: number[] = []
    for (const [t, o] of string.entries())
      forward = states.map(l => {
        const arrival = (k: number) => forward[k] * at('transition', k * K + l, m)
        const prior = t === 0 ? at('initial', l, m) : states.reduce((sum, k) => sum + arrival(k), 0)
        return prior * at('emission', o * K + l, m)
      })
    return forward.reduce((sum, value) => sum + value, 0)
  }
  const experts = Array.from({ length: M }, (_, m) => m)
  const total = strings(symbols, steps).reduce(
    (sum, string) => sum + experts.reduce((product, m) => product * own(string, m), 1),
    0,
  )
  return Math.log(total)
}

function partition(): Finding {
  const [symbols, steps] = [4, 6]
  const product = hmm.create(window(symbols, steps), { experts: 3, states: 3, learningRate: 0.5 })
  const uniform = uniforms(1)
  product.learnMany(Float32Array.from({ length: 200 * steps }, () => Math.floor(uniform() ** 2 * symbols)))
  const figure = Math.abs(hmmLogPartition(product) - bruteForce(product, symbols, steps))
  product.release()
  return {
    what: 'log Z of 6 steps over 4 symbols: product chain less the sum over strings',
    figure,
    goal: 1e-10,
    bound: 'most',
  }
}

const SYMBOLS = 16
const STEPS = 3
const constants = Array.from({ length: SYMBOLS }, (_, o) => new Array<number>(STEPS).fill(o))

/** Mean negative log-likelihood of strings of one symbol, exactly. */
function costOfConstants(product: Product): number {
  const energies = product.freeEnergies(Float32Array.from(constants.flat()))
  return energies.reduce((sum, energy) => sum + energy, 0) / SYMBOLS + hmmLogPartition(product)
}

/** How much of the first data is noise, and updates of a part of learning. */
const NOISE = 0.6
const PARTS = 40
const UPDATES = 200
const BATCH = 64

/**
 * Strings of one symbol, at first with noise in them that then goes: a code in which each symbol has bits of its own forms
 * while none of them is certain yet. Without it, learning ends with symbols that share a code, some four of the sixteen.
 */
function learnConstants(seed: number): number {
  const product = hmm.create(window(SYMBOLS, STEPS), {
    ...{ experts: 4, states: 2, batchSize: BATCH, cdSteps: 3, seed },
    ...{ learningRate: 0.3, learningRateDecay: 0 },
  })
  const tensors = product.tensors()
  // States are nearly kept to begin with: transitions alone would take long to learn that from noise.
  const stay = (row: number) => Math.log(row === 0 || row === 3 ? 0.98 : 0.02)
  tensors['experts.transition'].data.set(Array.from({ length: 16 }, (_, i) => stay(i >> 2)))
  product.restore(tensors)
  const uniform = uniforms(seed)
  const symbol = () => Math.floor(uniform() * SYMBOLS)
  for (let part = 0; part < PARTS; part++) {
    const noise = NOISE * Math.max(0, 1 - part / (0.8 * PARTS))
    const rows = Array.from({ length: UPDATES * BATCH }, () => {
      const own = symbol()
      return Array.from({ length: STEPS }, () => (uniform() < noise ? symbol() : own))
    })
    product.learnMany(Float32Array.from(rows.flat()))
  }
  const cost = costOfConstants(product)
  product.release()
  return cost
}

function* capacity(): Generator<Finding> {
  const seeds = Array.from({ length: 12 }, (_, i) => i + 1)
  const learned = seeds.map(seed => {
    const cost = learnConstants(seed)
    mention(`4 × 2 states, start ${seed}: ${cost.toFixed(3)} nats`)
    return cost
  })
  yield {
    what: 'strings of one of 16 symbols: product of 4 × 2 states, best of 12 starts (entropy 2.7726 nats)',
    figure: Math.min(...learned),
    goal: 2.92,
    bound: 'most',
  }
  const single = (states: number) =>
    seeds.map(seed => fitByExpectationMaximisation(constants, states, SYMBOLS, 500, uniforms(seed)))
  yield {
    what: 'the same by one model of 8 states, best of 12 starts of EM (best construction 4.159)',
    figure: Math.min(...single(8)),
    goal: 4.15,
  }
}

/** p("up" | "shut" earlier in the string) / p("up"). */
function lift(rows: Float32Array): number {
  let [ups, words, upsAfter, wordsAfter] = [0, 0, 0, 0]
  for (let start = 0; start < rows.length; start += LENGTH) {
    let isAfter = false
    for (const word of rows.subarray(start, start + LENGTH)) {
      words++
      ups += Number(word === UP)
      if (isAfter) {
        wordsAfter++
        upsAfter += Number(word === UP)
      }
      isAfter ||= word === SHUT
    }
  }
  return upsAfter / wordsAfter / (ups / words)
}

/** Where the only "shut" of a string is, and the only "up" two to five words later; null without. */
function called(string: readonly number[]): [number, number] | null {
  const [shut, up] = [SHUT, UP].map(word => string.indexOf(word))
  const single = [SHUT, UP].every(word => string.filter(other => other === word).length === 1)
  return single && shut > 0 && up >= shut + 2 && up <= shut + 5 && up + 1 < LENGTH ? [shut, up] : null
}

/**
 * Of all states of all experts the one that is most surely occupied between "shut" and "up": mean posterior there, just
 * before "shut" and just behind "up".
 */
export function waitingState(product: Product): {
  expert: number
  state: number
  between: number
  outside: number
} {
  const rows = phrases(4000, uniforms(17))
  const machine = machineOf(product)
  const found = Array.from({ length: rows.length / LENGTH }, (_, n) =>
    Array.from(rows.subarray(n * LENGTH, (n + 1) * LENGTH)),
  ).flatMap(string => {
    const places = called(string)
    return places ? [{ string, places }] : []
  })
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
  const all = machine.experts(0).flatMap((own, expert) => {
    const posteriors = found.map(
      ({ string }) =>
        recursions(
          own,
          string.map(word => [word]),
        ).posterior,
    )
    return own.initial.map((_, state) => {
      const between = posteriors.flatMap((posterior, n) =>
        posterior.slice(found[n].places[0] + 1, found[n].places[1]).map(shares => shares[state]),
      )
      const outside = posteriors.flatMap((posterior, n) => {
        const [shut, up] = found[n].places
        return [posterior[shut - 1][state], posterior[up + 1][state]]
      })
      return { expert, state, between: mean(between), outside: mean(outside) }
    })
  })
  return all.reduce((best, each) => (each.between - each.outside > best.between - best.outside ? each : best))
}

function* shutUp(): Generator<Finding> {
  const product = learnPhrases()
  const data = lift(phrases(100_000, uniforms(7)))
  const model = lift(product.sample(100_000, 30))
  mention(
    `p(up | shut earlier) / p(up): ${data.toFixed(3)} in the data, ${model.toFixed(3)} in what was drawn`,
  )
  yield {
    what: '"up" after "shut" in 100,000 strings drawn: distance from that in the data, relative',
    figure: Math.abs(model / data - 1),
    goal: 0.1,
    bound: 'most',
  }
  const { between, outside } = waitingState(product)
  yield { what: 'posterior of the state between "shut" and "up"', figure: between, goal: 0.9 }
  yield {
    what: 'posterior of that state before "shut" and behind "up"',
    figure: outside,
    goal: 0.1,
    bound: 'most',
  }
  product.release()
}

export function* hmmFindings(): Generator<Finding> {
  yield partition()
  yield* capacity()
  yield* shutUp()
}

export { hmmFindings as hmm }
