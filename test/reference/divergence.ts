/** Contrastive divergence as a function, exactly: CD_k = KL(Q0 ‖ Q∞) − KL(Qk ‖ Q∞), and its true gradient (k = 1). */
import {
  binaryStates,
  distribution,
  gradient,
  hiddenGivenVisible,
  hiddenMeans,
  type Machine,
  step,
  sum,
  transition,
  visibleGivenHidden,
  visibleMeans,
  visibleStates,
} from './rbm.ts'

const xLogRatio = (q: number, logP: number) => (q > 0 ? q * (Math.log(q) - logP) : 0)

/** KL(q ‖ p) in nats for log p. */
export const divergence = (q: readonly number[], logP: readonly number[]) =>
  sum(q.map((mass, s) => xLogRatio(mass, logP[s])))

export function contrastiveDivergence(machine: Machine, q0: readonly number[]): number {
  const { logP } = distribution(machine)
  return divergence(q0, logP) - divergence(step(q0, transition(machine)), logP)
}

/** ⟨∂f⟩_q over all visible configurations. */
export function meanGradient(machine: Machine, q: readonly number[]): number[] {
  const gradients = visibleStates(machine.visible).map(v => gradient(machine, v))
  return gradients[0].map((_, i) => sum(q.map((mass, s) => mass * gradients[s][i])))
}

/** The expected update of CD-k for a rate of one: ⟨∂f⟩_0 − ⟨∂f⟩_k. */
export function expectedUpdate(machine: Machine, q0: readonly number[], k: number): number[] {
  const kernel = transition(machine)
  let qk: readonly number[] = q0
  for (let i = 0; i < k; i++) qk = step(qk, kernel)
  const end = meanGradient(machine, qk)
  return meanGradient(machine, q0).map((value, i) => value - end[i])
}

/** −∂CD_1/∂θ = ⟨∂f⟩_0 − ⟨∂f⟩_1 + Σ Q0(v0) P(h | v0) P(v | h) [∂log P(h | v0) + ∂log P(v | h)] log Q1(v)/Q∞(v). */
export function exactGradient(machine: Machine, q0: readonly number[]): number[] {
  const states = visibleStates(machine.visible)
  const hidden = binaryStates(machine.c.length)
  const up = hiddenGivenVisible(machine)
  const down = visibleGivenHidden(machine)
  const { logP } = distribution(machine)
  const logRatio = step(q0, transition(machine)).map((mass, s) => Math.log(mass) - logP[s])
  const total = expectedUpdate(machine, q0, 1)
  const upMeans = states.map(v => hiddenMeans(machine, v))
  const downMeans = hidden.map(h => visibleMeans(machine, h))
  for (const [from, v0] of states.entries()) {
    if (q0[from] === 0) continue
    for (const [code, h] of hidden.entries()) {
      for (const [to, v] of states.entries()) {
        const weight = q0[from] * Math.exp(up[from][code] + down[code][to]) * logRatio[to]
        addPathGradient(total, weight, v0, h, v, upMeans[from], downMeans[code])
      }
    }
  }
  return total
}

/** total += weight · ∂[log P(h | v0) + log P(v | h)]: errors of the hidden units, then of the visible ones. */
function addPathGradient(
  total: number[],
  weight: number,
  v0: readonly number[],
  h: readonly number[],
  v: readonly number[],
  hiddenMean: readonly number[],
  visibleMean: readonly number[],
): void {
  const D = v.length
  const H = h.length
  for (let j = 0; j < H; j++) {
    for (let i = 0; i < D; i++) {
      total[j * D + i] += weight * (v0[i] * (h[j] - hiddenMean[j]) + h[j] * (v[i] - visibleMean[i]))
    }
    total[H * D + D + j] += weight * (h[j] - hiddenMean[j])
  }
  for (let i = 0; i < D; i++) total[H * D + i] += weight * (v[i] - visibleMean[i])
}
