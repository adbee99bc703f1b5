/**
 * A product of products of different families: p(x) ∝ Π_m p_m(x), each over the whole row or over columns of its own. Free
 * energies add up. Members that share columns learn from one common reconstruction; others learn by themselves.
 */
import type {
  FamilyOptions,
  NaturalParameters,
  Product,
  Row,
  Rows,
  Tensors,
  VisibleGroup,
} from '../experts/product.ts'
import { completeOptions, type OptionRule, real, whole } from '../kernel-family.ts'
import { checkComplete, checkCount, checkGroup, checkRow, checkRows, eachRow } from '../rows.ts'
import { adapted } from '../transitions/hamiltonian.ts'
import { Answers } from './answers.ts'
import { type Columns, columnsOf, type Fields } from './columns.ts'
import { Generators } from './generators.ts'
import { JointPart } from './joint-part.ts'
import { add, nothing } from './natural.ts'
import { type ChainState, checkAlike, readChains, splitTensors, writeChains } from './state.ts'

export interface ProductOptions {
  /** For each member the columns of the common row that its values are, in its order; default: all have the same row. */
  readonly fields?: Fields
  /** k, sweeps from a row to the common reconstruction; default 1. */
  readonly cdSteps?: number
  /** C, common chains that go on from row to row; 0, the default: they start at the data. */
  readonly persistentChains?: number
  /** Leapfrog steps of a trajectory where members have a gradient and no latent variables in common; default 10. */
  readonly leapfrogSteps?: number
  /** The first step of such trajectories; learning adapts it. Default 0.1. */
  readonly stepSize?: number
  /** Default 1. */
  readonly seed?: number
}

const RULES: readonly OptionRule[] = [
  whole('cdSteps', 1, 1, 10_000),
  whole('persistentChains', 0, 0, 2 ** 16),
  whole('leapfrogSteps', 10, 1, 10_000),
  real('stepSize', 0.1, 1e-9, 1e9),
  whole('seed', 1, 0, 2 ** 32 - 1),
]

/**
 * The product of these members, which from then on belong to it: what they learn, they learn as its parts. The row is
 * that of all of them, or put together as `fields` says.
 * @throws TypeError for what are no products, RangeError for columns and options that do not go together
 */
export function product(members: readonly Product[], options: ProductOptions = {}): ProductOfProducts {
  if (!Array.isArray(members) || members.length === 0 || !members.every(member => member?.freeEnergy)) {
    throw new TypeError('Expected at least one product as a list, such as [gaussian.create(visible)].')
  }
  if (new Set(members).size < members.length) {
    throw new RangeError('Expected different products, got one of them twice; create one for each place.')
  }
  return new ProductOfProducts(members, options)
}

export class ProductOfProducts implements Product {
  readonly family = 'product'
  readonly width: number
  readonly visible: readonly VisibleGroup[]
  readonly options: Readonly<FamilyOptions>
  readonly members: readonly Product[]
  readonly walk?: Product['walk']
  readonly learnPair?: Product['learnPair']
  readonly addConditional?: Product['addConditional']
  readonly couples?: boolean
  readonly gradient?: Product['gradient']
  readonly live?: Product['live']
  readonly #layout: Columns
  readonly #answers: Answers
  /** Members that share columns, and those that share none, by their indices. */
  readonly #joint: readonly JointPart[]
  readonly #alone: readonly number[]
  readonly #state: ChainState

  constructor(members: readonly Product[], { fields, ...options }: ProductOptions) {
    this.members = members
    this.options = completeOptions({ name: this.family, options: RULES }, options as FamilyOptions)
    this.#layout = columnsOf(members, fields)
    this.#answers = new Answers(members, this.#layout)
    this.width = this.#layout.width
    this.visible = this.#layout.visible
    const { parts } = this.#layout
    this.#joint = parts
      .filter(({ length }) => length > 1)
      .map(part => new JointPart(members, part, this.#layout))
    this.#alone = parts.filter(({ length }) => length === 1).map(([member]) => member)
    const { persistentChains, stepSize, seed } = this.options
    this.#state = {
      learning: Generators.seeded(Number(seed)),
      sampling: Generators.seeded((Number(seed) ^ 0x5bd1e995) >>> 0),
      chains: new Float32Array(this.#joint.length > 0 ? Number(persistentChains) * this.width : 0),
      steps: this.#joint.map(() => Number(stepSize)),
      chain: 0,
      started: 0,
    }
    const each = (part: 'walk' | 'learnPair' | 'addConditional' | 'gradient') =>
      members.every(member => member[part])
    const canWalk =
      this.#alone.every(m => members[m].walk) && this.#joint.every(({ walkTrouble }) => !walkTrouble)
    if (canWalk) this.walk = (states, sweeps, random) => this.#walk(states, sweeps, random)
    if (each('learnPair')) this.learnPair = (row, reconstruction) => this.#learnPair(row, reconstruction)
    if (each('gradient')) this.gradient = row => this.#gradient(row)
    if (members.some(({ live }) => live)) {
      this.live = on => {
        for (const member of members) member.live?.(on)
      }
    }
    if (each('addConditional')) {
      this.addConditional = (state, natural, random) => this.#addConditional(state, natural, random)
      this.couples = members.some(({ couples }) => couples)
    }
  }

  /** Members learn from the rows as if each were alone; persistent chains start at the rows. */
  initialise(rows: Rows): void {
    eachRow(rows, this.width, (row, of) => checkRow(row, this.width, this.visible, of))
    for (const [m, member] of this.members.entries()) member.initialise(this.#rowsOf(m, rows))
    this.#startChains(rows)
  }

  freeEnergy(row: Row): number {
    checkRow(row, this.width, this.visible)
    return this.members.reduce((sum, member, m) => sum + member.freeEnergy(this.#rowOf(m, row)), 0)
  }

  freeEnergies(rows: Rows): Float32Array {
    checkRows(rows, this.width)
    const energies = new Float32Array(rows.length / this.width)
    let n = 0
    eachRow(rows, this.width, (row, of) => {
      checkRow(row, this.width, this.visible, of)
      energies[n++] = this.freeEnergy(row)
    })
    return energies
  }

  /** @throws RangeError when members that share columns cannot learn from one reconstruction, naming who cannot */
  learnOne(row: Row): void {
    checkRow(row, this.width, this.visible)
    for (const part of this.#joint) this.#checkAble(part.trouble)
    for (const m of this.#alone) this.members[m].learnOne(this.#rowOf(m, row))
    if (this.#joint.length === 0) return
    try {
      for (const member of this.members) member.live?.(true)
      this.#learnJointly(row)
    } finally {
      for (const member of this.members) member.live?.(false)
    }
  }

  notice(row: Row): void {
    checkRow(row, this.width, this.visible)
    for (const [m, member] of this.members.entries()) member.notice(this.#rowOf(m, row))
  }

  learnMany(rows: Rows): void {
    eachRow(rows, this.width, (row, of) => {
      checkRow(row, this.width, this.visible, of)
      this.learnOne(row)
    })
  }

  surprise(row: Row): Float32Array {
    checkRow(row, this.width, this.visible)
    return this.#answers.surprise(row)
  }

  conditional(row: Row, group: number): Float32Array {
    checkGroup(group, this.#layout.groups.length)
    checkRow(row, this.width, this.visible)
    return this.#answers.conditional(row, this.#layout.groups[group])
  }

  /**
   * Each group in turn at what all others suggest, `steps` times; values that one member alone looks at as it
   * reconstructs them.
   */
  reconstruct(row: Row, steps = 1): Float32Array {
    checkCount('steps', steps, 1)
    checkRow(row, this.width, this.visible)
    return this.#answers.reconstruct(row, steps)
  }

  /** Features of all members, one behind the other. */
  transformOne(row: Row): Float32Array {
    checkRow(row, this.width, this.visible)
    const features = this.members.map((member, m) => member.transformOne(this.#rowOf(m, row)))
    return Float32Array.from(features.flatMap(each => Array.from(each)))
  }

  /**
   * Chains of members that share columns start at the persistent ones, or at that member's own sample which all of them
   * together find likeliest: one with heavy tails may be where others have nothing.
   */
  sample(count: number, sweeps: number): Float32Array {
    checkCount('count', count, 0)
    checkCount('sweeps', sweeps, 0)
    for (const part of this.#joint) this.#checkAble(part.walkTrouble)
    const states = new Float32Array(count * this.width)
    const samples = this.members.map(member => member.sample(count, sweeps))
    const putSample = (m: number, n: number) =>
      this.#put(m, samples[m].subarray(n * this.members[m].width), states, n * this.width)
    for (const m of this.members.keys()) for (let n = 0; n < count; n++) putSample(m, n)
    const { chains, sampling, started } = this.#state
    for (const part of this.#joint) {
      for (let n = 0; n < count; n++) {
        const at = n * this.width
        const of = (rows: Float32Array) =>
          Float64Array.from(part.columns, column => rows[(at % rows.length) + column])
        const candidates = part.indices.map(m => {
          putSample(m, n)
          return of(states)
        })
        const local = chains.length > 0 && started > 0 ? of(chains) : part.likeliestOf(candidates)
        this.#sweep(part, local, sweeps, sampling)
        for (const [i, column] of part.columns.entries()) states[at + column] = local[i]
      }
    }
    return states
  }

  tensors(): Tensors {
    const tensors = writeChains(this.#state, this.width)
    for (const [m, member] of this.members.entries())
      for (const [name, tensor] of Object.entries(member.tensors())) tensors[`members.${m}.${name}`] = tensor
    return tensors
  }

  restore(tensors: Tensors): void {
    checkAlike(tensors, this.tensors())
    const before = this.members.map(member => member.tensors())
    const { members, rest } = splitTensors(tensors, this.members.length)
    try {
      for (const [m, member] of this.members.entries()) member.restore(members[m])
      readChains(this.#state, rest, this.visible, this.width)
    } catch (error) {
      for (const [m, member] of this.members.entries()) member.restore(before[m])
      throw error
    }
  }

  /** Gives back the memory of all members. */
  release(): void {
    for (const member of this.members) member.release()
  }

  #checkAble(trouble: string | null): void {
    if (trouble === null) return
    throw new RangeError(
      `Expected members that can draw a common reconstruction of the columns they share, got some that cannot: ${trouble}. ` +
        'Give it columns of its own in the option fields.',
    )
  }

  /** What a member sees of a row. */
  #rowOf(m: number, row: ArrayLike<number>, at = 0): Row {
    const columns = this.#layout.columns[m]
    const own = new Float32Array(columns.length)
    for (let i = 0; i < own.length; i++) own[i] = row[at + columns[i]]
    return own
  }

  #rowsOf(m: number, rows: Rows): Rows {
    const { width } = this.members[m]
    const own = new Float32Array((rows.length / this.width) * width)
    for (let n = 0; n < rows.length / this.width; n++)
      own.set(this.#rowOf(m, rows, n * this.width), n * width)
    return own
  }

  /** Put a member's row into the common one. */
  #put(m: number, own: ArrayLike<number>, rows: Float32Array, at: number): void {
    for (const [i, column] of this.#layout.columns[m].entries()) rows[at + column] = own[i]
  }

  #sweep(part: JointPart, local: Float64Array, sweeps: number, generators: Generators): void {
    const step = this.#state.steps[this.#joint.indexOf(part)]
    for (let sweep = 0; sweep < sweeps; sweep++)
      part.sweep(local, generators, step, Number(this.options.leapfrogSteps))
  }

  /** A state for chains to start from: the row, filled in. */
  #filled(row: Row): Row {
    return row.some(Number.isNaN) ? this.reconstruct(row) : row
  }

  #startChains(rows: Rows): void {
    const own = this.#state
    const count = rows.length / this.width
    if (own.chains.length === 0 || count === 0) return
    for (let at = 0, n = 0; at < own.chains.length; at += this.width, n++) {
      const row = rows.subarray((n % count) * this.width, ((n % count) + 1) * this.width)
      own.chains.set(this.#chainStart(row), at)
    }
    own.started = 1
  }

  /** What is missing from a row comes from reconstructions, but what is denoised does not. */
  #chainStart(row: Row): Row {
    const filled = this.#filled(row)
    return row.map((value, i) => (Number.isNaN(value) ? filled[i] : value))
  }

  #learnJointly(row: Row): void {
    const own = this.#state
    if (own.started === 0) this.#startChains(row)
    const at = own.chain * this.width
    const isPersistent = own.chains.length > 0
    const start = isPersistent ? own.chains.slice(at, at + this.width) : this.#chainStart(row)
    for (const [n, part] of this.#joint.entries()) {
      const state = Float64Array.from(part.columns, column => start[column])
      for (let k = 0; k < Number(this.options.cdSteps); k++) {
        const acceptance = part.sweep(state, own.learning, own.steps[n], Number(this.options.leapfrogSteps))
        if (!Number.isNaN(acceptance)) own.steps[n] = adapted(own.steps[n], acceptance)
      }
      const seen = Float64Array.from(part.columns, column => row[column])
      part.learnPair(seen, state)
      if (isPersistent) for (const [i, column] of part.columns.entries()) own.chains[at + column] = state[i]
    }
    if (isPersistent) own.chain = (own.chain + 1) % Number(this.options.persistentChains)
  }

  #walk(states: Rows, sweeps: number, random: Uint32Array): void {
    checkCount('sweeps', sweeps, 0)
    eachRow(states, this.width, (row, of) => {
      checkRow(row, this.width, this.visible, of)
      checkComplete(row)
    })
    for (const m of this.#alone) {
      const own = this.#rowsOf(m, states)
      const { width } = this.members[m]
      this.members[m].walk?.(own, sweeps, random)
      for (let n = 0; n < states.length / this.width; n++)
        this.#put(m, own.subarray(n * width), states, n * this.width)
    }
    const generators = Generators.from(random)
    for (const part of this.#joint) {
      for (let at = 0; at < states.length; at += this.width) {
        const local = Float64Array.from(part.columns, column => states[at + column])
        this.#sweep(part, local, sweeps, generators)
        for (const [i, column] of part.columns.entries()) states[at + column] = local[i]
      }
    }
    random.set(generators.own.state)
  }

  #learnPair(row: Row, reconstruction: Row): void {
    checkRow(row, this.width, this.visible)
    checkRow(reconstruction, this.width, this.visible)
    checkComplete(reconstruction)
    for (const [m, member] of this.members.entries())
      member.learnPair?.(this.#rowOf(m, row), this.#rowOf(m, reconstruction))
  }

  #gradient(row: Row): Float32Array {
    checkRow(row, this.width, this.visible)
    checkComplete(row)
    const slope = new Float32Array(this.width)
    for (const [m, member] of this.members.entries()) {
      const own = member.gradient?.(this.#rowOf(m, row)) ?? []
      for (const [i, column] of this.#layout.columns[m].entries()) slope[column] += own[i]
    }
    return slope
  }

  #addConditional(state: Row, natural: NaturalParameters, random: Uint32Array): void {
    checkRow(state, this.width, this.visible)
    checkComplete(state)
    for (const [m, member] of this.members.entries()) {
      const said = nothing(member.width, member.couples === true && member.width > 1)
      member.addConditional?.(this.#rowOf(m, state), said, random)
      add(natural, said, this.#layout.columns[m])
    }
  }
}
