/**
 * A restricted Boltzmann machine of a few binary units without biases, and one step of contrastive divergence on it,
 * exactly: every expectation is a sum over all states of both layers (Hinton 2002, section 11), in float64.
 *
 * D visible and H hidden units have S = 2^D and T = 2^H states; bit i of a state's number is its unit i. Weights are
 * (H, D), row by row. Inputs reach hundreds: what a unit is when it is almost never so is computed as such, never as one
 * less its opposite. Products of such shares may come out as zero; they would be less than 1e-300.
 */

export interface Size {
  readonly visible: number
  readonly hidden: number
}

export class Network {
  readonly size: Size
  readonly weights: Float64Array
  /** f(v) = Σ_j log(1 + exp A_j(v)), S numbers. */
  readonly logWeights: Float64Array
  /** log Q∞(v), S numbers. */
  readonly logModel: Float64Array
  /** σ(A_j(v)), S × H numbers. */
  readonly hiddenMeans: Float64Array
  /** σ(B_i(h)), T × D numbers. */
  readonly visibleMeans: Float64Array
  /** P(h | v), S × T numbers. */
  readonly up: Float64Array
  /** P(v | h), T × S numbers. */
  readonly down: Float64Array

  /** Weights (H, D). */
  constructor(size: Size, weights: Float64Array) {
    const { visible, hidden } = size
    const [S, T] = [2 ** visible, 2 ** hidden]
    this.size = size
    this.weights = weights
    this.hiddenMeans = new Float64Array(S * hidden)
    this.visibleMeans = new Float64Array(T * visible)
    this.up = new Float64Array(S * T)
    this.down = new Float64Array(T * S)
    const inputOf = (j: number) => weights.subarray(j * visible, (j + 1) * visible)
    this.logWeights = layer(hidden, visible, inputOf, this.hiddenMeans, this.up)
    const columns = Array.from({ length: visible }, (_, i) =>
      Float64Array.from({ length: hidden }, (_, j) => weights[j * visible + i]),
    )
    layer(visible, hidden, i => columns[i], this.visibleMeans, this.down)
    const logZ = logSumExp(this.logWeights)
    this.logModel = this.logWeights.map(log => log - logZ)
  }

  /** P(h) where v is distributed as q, T numbers. */
  hiddenAfter(q: Float64Array): Float64Array {
    return mixed(q, this.up, 2 ** this.size.hidden)
  }

  /** q T: what a Gibbs step makes of a distribution of visible states. */
  step(q: Float64Array): Float64Array {
    return mixed(this.hiddenAfter(q), this.down, 2 ** this.size.visible)
  }

  /** Σ_v m(v) v_i σ_j(v), for any masses: (H, D) numbers. */
  statistics(masses: Float64Array): Float64Array {
    const { visible, hidden } = this.size
    const sums = new Float64Array(hidden * visible)
    const weighted = new Float64Array(masses.length)
    for (let j = 0; j < hidden; j++) {
      for (let v = 0; v < masses.length; v++) weighted[v] = masses[v] * this.hiddenMeans[v * hidden + j]
      addWhereSet(weighted, sums.subarray(j * visible, (j + 1) * visible))
    }
    return sums
  }

  /** ⟨v_i h_j⟩_0 − ⟨v_i h_j⟩_1, what CD-1 moves the weights by for a rate of one: (H, D) numbers. */
  update(data: Float64Array): Float64Array {
    const after = this.step(data)
    return this.statistics(data.map((mass, v) => mass - after[v]))
  }

  /**
   * Σ_v r(v) ∂Q1(v) / ∂w_ij: how the mean of r over reconstructions changes with the weights that make them,
   * Σ Q0(v0) P(h | v0) P(v | h) [v0_i (h_j − σ_j(v0)) + h_j (v_i − σ_i(h))] r(v). (H, D) numbers.
   */
  reconstructionGradient(data: Float64Array, r: Float64Array): Float64Array {
    const total = new Float64Array(this.weights.length)
    this.#addDown(this.hiddenAfter(data), r, total)
    this.#addUp(data, this.expectedBelow(r), total)
    return total
  }

  /** Σ_v P(v | h) r(v) of each hidden state, T numbers. */
  expectedBelow(r: Float64Array): Float64Array {
    const S = r.length
    return Float64Array.from({ length: 2 ** this.size.hidden }, (_, h) => {
      let total = 0
      for (let v = 0; v < S; v++) total += this.down[h * S + v] * r[v]
      return total
    })
  }

  /** total += Σ P(h) h_j P(v | h) (v_i − σ_i(h)) r(v) */
  #addDown(masses: Float64Array, r: Float64Array, total: Float64Array): void {
    const { visible, hidden } = this.size
    const S = r.length
    const weighted = new Float64Array(S)
    const each = new Float64Array(visible)
    for (let h = 0; h < masses.length; h++) {
      let mean = 0
      for (let v = 0; v < S; v++) {
        weighted[v] = this.down[h * S + v] * r[v]
        mean += weighted[v]
      }
      each.fill(0)
      addWhereSet(weighted, each)
      for (let i = 0; i < visible; i++) each[i] -= this.visibleMeans[h * visible + i] * mean
      for (let j = 0; j < hidden; j++) {
        if (!((h >> j) & 1)) continue
        for (let i = 0; i < visible; i++) total[j * visible + i] += masses[h] * each[i]
      }
    }
  }

  /** total += Σ Q0(v0) v0_i P(h | v0) (h_j − σ_j(v0)) r(h), r(h) what is expected below h. */
  #addUp(data: Float64Array, below: Float64Array, total: Float64Array): void {
    const { visible, hidden } = this.size
    const T = below.length
    const weighted = new Float64Array(T)
    const each = new Float64Array(hidden)
    const errors = Array.from({ length: hidden }, () => new Float64Array(data.length))
    for (let v = 0; v < data.length; v++) {
      let mean = 0
      for (let h = 0; h < T; h++) {
        weighted[h] = this.up[v * T + h] * below[h]
        mean += weighted[h]
      }
      each.fill(0)
      addWhereSet(weighted, each)
      for (let j = 0; j < hidden; j++) {
        errors[j][v] = data[v] * (each[j] - this.hiddenMeans[v * hidden + j] * mean)
      }
    }
    for (let j = 0; j < hidden; j++) addWhereSet(errors[j], total.subarray(j * visible, (j + 1) * visible))
  }

  /** −∂CD_1 / ∂W, CD_1 = KL(Q0 ‖ Q∞) − KL(Q1 ‖ Q∞): the update, and the term that it leaves out. (H, D) numbers. */
  gradient(data: Float64Array): Float64Array {
    const after = this.step(data)
    const logRatio = after.map((mass, v) => (mass > 0 ? Math.log(mass) - this.logModel[v] : 0))
    const left = this.reconstructionGradient(data, logRatio)
    return this.update(data).map((value, k) => value + left[k])
  }
}

/**
 * One layer given the other: σ(input) of its `units` for each of the 2^givers states, and the products of them that are
 * the probabilities of its own states; returns Σ log(1 + exp input) of each state that is given.
 */
function layer(
  units: number,
  givers: number,
  weightsOf: (unit: number) => Float64Array,
  means: Float64Array,
  products: Float64Array,
): Float64Array {
  const sums = new Float64Array(2 ** givers)
  const inputs = Array.from({ length: units }, (_, unit) => subsetSums(weightsOf(unit)))
  const states = 2 ** units
  for (let given = 0; given < sums.length; given++) {
    const first = given * states
    products[first] = 1
    // Of the softplus only one logarithm is taken: a product of numbers between 1 and 2.
    let factors = 1
    for (let unit = 0; unit < units; unit++) {
      const input = inputs[unit][given]
      const small = Math.exp(-Math.abs(input))
      const likelier = 1 / (1 + small)
      const on = input >= 0 ? likelier : small * likelier
      const off = input >= 0 ? small * likelier : likelier
      means[given * units + unit] = on
      split(products, first, 2 ** unit, on, off)
      sums[given] += Math.max(input, 0)
      factors *= 1 + small
    }
    sums[given] += Math.log(factors)
  }
  return sums
}

/** One more unit, from `first` on: the states so far with it off, and behind them with it on. */
function split(products: Float64Array, first: number, states: number, on: number, off: number): void {
  for (let state = first; state < first + states; state++) {
    products[state + states] = products[state] * on
    products[state] *= off
  }
}

/** Σ of the values whose bits are set, for every setting of as many bits. */
function subsetSums(values: Float64Array): Float64Array {
  const sums = new Float64Array(2 ** values.length)
  for (const [bit, value] of values.entries()) {
    for (let state = 0; state < 2 ** bit; state++) sums[2 ** bit + state] = sums[state] + value
  }
  return sums
}

/** sums_i += Σ of the values of those states that have bit i, by folding one half onto the other; spends the values. */
function addWhereSet(values: Float64Array, sums: Float64Array): void {
  for (let bit = sums.length - 1; bit >= 0; bit--) {
    const half = 2 ** bit
    let total = 0
    for (let state = 0; state < half; state++) {
      const other = values[half + state]
      total += other
      values[state] += other
    }
    sums[bit] += total
  }
}

/** Σ over rows of mass × row, of a matrix with that many columns. */
function mixed(masses: Float64Array, rows: Float64Array, columns: number): Float64Array {
  const sums = new Float64Array(columns)
  for (let row = 0; row < masses.length; row++) {
    const mass = masses[row]
    if (mass === 0) continue
    for (let column = 0; column < columns; column++) sums[column] += mass * rows[row * columns + column]
  }
  return sums
}

function logSumExp(values: Float64Array): number {
  const most = values.reduce((a, b) => Math.max(a, b))
  return most + Math.log(values.reduce((total, value) => total + Math.exp(value - most), 0))
}

/** KL(q ‖ p) in nats for log p. */
export function divergence(q: Float64Array, logP: Float64Array): number {
  let total = 0
  for (let v = 0; v < q.length; v++) if (q[v] > 0) total += q[v] * (Math.log(q[v]) - logP[v])
  return total
}
