/**
 * One hidden Markov model fitted by expectation and maximisation (Baum, Petrie, Soules and Weiss 1970), in float64: what a
 * product of several small ones is compared with.
 */

interface HiddenMarkovModel {
  readonly initial: number[]
  readonly transition: number[][]
  readonly emission: number[][]
}

const normalised = (values: readonly number[]) => {
  const total = values.reduce((sum, value) => sum + value, 0)
  return values.map(value => (total > 0 ? value / total : 1 / values.length))
}

function randomModel(states: number, symbols: number, uniform: () => number): HiddenMarkovModel {
  const draw = (count: number) => normalised(Array.from({ length: count }, () => -Math.log(1 - uniform())))
  return {
    initial: draw(states),
    transition: Array.from({ length: states }, () => draw(states)),
    emission: Array.from({ length: states }, () => draw(symbols)),
  }
}

/** Scaled recursions over one string: its log-probability, and the expected counts added to `counts`. */
function expect(model: HiddenMarkovModel, string: readonly number[], counts: HiddenMarkovModel): number {
  const { initial, transition, emission } = model
  const states = initial.map((_, k) => k)
  const forward: number[][] = []
  const scales: number[] = []
  for (const [t, o] of string.entries()) {
    const joint = states.map(l => {
      const arrival =
        t === 0 ? initial[l] : states.reduce((sum, k) => sum + forward[t - 1][k] * transition[k][l], 0)
      return arrival * emission[l][o]
    })
    scales.push(joint.reduce((sum, value) => sum + value, 0))
    forward.push(joint.map(value => value / scales[t]))
  }
  let backward = states.map(() => 1)
  for (let t = string.length - 1; t >= 0; t--) {
    for (const k of states) {
      const share = forward[t][k] * backward[k]
      counts.emission[k][string[t]] += share
      if (t === 0) counts.initial[k] += share
    }
    if (t === 0) break
    const weights = states.map(l => (emission[l][string[t]] * backward[l]) / scales[t])
    for (const k of states)
      for (const l of states) counts.transition[k][l] += forward[t - 1][k] * transition[k][l] * weights[l]
    const onward = backward.map((_, k) => states.reduce((sum, l) => sum + transition[k][l] * weights[l], 0))
    backward = onward
  }
  return scales.reduce((sum, scale) => sum + Math.log(scale), 0)
}

/** Mean negative log-likelihood of the strings, in nats, after `iterations` from a random start. */
export function fitByExpectationMaximisation(
  strings: readonly (readonly number[])[],
  states: number,
  symbols: number,
  iterations: number,
  uniform: () => number,
): number {
  let model = randomModel(states, symbols, uniform)
  let logLikelihood = Number.NEGATIVE_INFINITY
  const zeros = (count: number) => new Array<number>(count).fill(0)
  for (let i = 0; i < iterations; i++) {
    const counts = {
      initial: zeros(states),
      transition: model.initial.map(() => zeros(states)),
      emission: model.initial.map(() => zeros(symbols)),
    }
    logLikelihood = strings.reduce((sum, string) => sum + expect(model, string, counts), 0)
    model = {
      initial: normalised(counts.initial),
      transition: counts.transition.map(normalised),
      emission: counts.emission.map(normalised),
    }
  }
  return -logLikelihood / strings.length
}
