/**
 * The one interface that every family of experts implements.
 *
 * A product of experts is p(x) = (1/Z) Π_m g_m(x) (Hinton 2002, eq. 1). Everything a stream needs works with the
 * unnormalised log-density Σ_m log g_m(x) = −F(x), so log Z never has to be known.
 *
 * Shape letters, used everywhere: B rows, D visible values (`width`), H hidden units, G visible groups.
 */

/**
 * One visible vector: D numbers. NaN marks a missing value; a softmax group is missing when any of its values is. Groups
 * of indices and tokens are sparse: a row holds the numbers of their active units.
 */
export type Row = Float32Array

/** B visible vectors back to back: B × D numbers. */
export type Rows = Float32Array

/**
 * A part of the visible layer.
 * `bernoulli`: `size` independent units, each in [0, 1] and each a group of its own for `surprise`.
 * `softmax`: one group of `size` states whose values are non-negative and add up to one.
 * `real`: `size` numbers of any scale, each a group of its own.
 * `index`: one group of `size` states in one value, the number of the state: 0 to size − 1.
 * `tokens`: one group of `size` units in MOST_TOKENS values, the numbers of the active ones; NaN in the other places.
 * Without any it is missing.
 * `count`: a whole number of events out of `size`: `size` replicas of one binary unit. One value, 0 to size.
 * `sequence`: one group of up to MOST_SYMBOLS symbols in their order, each 0 to size − 1; NaN behind the last one, and where
 * one is missing. Without any it is missing as a whole.
 */
export interface VisibleGroup {
  readonly kind: 'bernoulli' | 'softmax' | 'real' | 'index' | 'tokens' | 'count' | 'sequence'
  readonly size: number
}

/** The kinds of values that a record can hold. */
export type FieldKind = 'number' | 'category' | 'boolean' | 'timestamp' | 'text'

/** How a family wants values of a kind laid out in its row. */
export type Encoding =
  | 'bins'
  | 'one-hot'
  | 'bit'
  | 'real'
  | 'index'
  | 'hour'
  | 'weekday'
  | 'tokens'
  | 'template'
  | 'count'
  | 'words'

/** A named array with its shape, as it stands in a model file. */
export interface Tensor {
  readonly shape: readonly number[]
  readonly data: Float32Array | Float64Array | Int32Array | Uint32Array | Uint8Array
}

/** All state of a product by name: parameters, chains, random state, counters. */
export type Tensors = Record<string, Tensor>

/** Options of a family, plain JSON, stored in the model file and sufficient with `tensors()` to rebuild the product. */
export type FamilyOptions = Record<string, number | boolean | string>

/**
 * R chains that walk between a base model and a product, log p*_β(v) = (1 − β) a·v + β b·v + Σ_j log(1 + exp(β A_j(v))).
 * The arrays are the caller's: a product keeps nothing of them.
 */
export interface AnnealedChains {
  /** R visible vectors: R × D numbers. */
  readonly states: Float32Array
  /** The logarithms of the importance weights collected so far, in nats; R numbers. */
  readonly logWeights: Float64Array
  /** a, the biases of the visible units of the base model; D numbers. */
  readonly base: Float32Array
  /** The state of the random numbers: 16 words, not all zero. */
  readonly random: Uint32Array
}

/**
 * What latent variables say about the visible values: log p(v | latents) = linear·v − ½ vᵀ precision v + constant within
 * bounds. Those of several experts add up, so that their conditionals multiply.
 */
export interface NaturalParameters {
  /** Log-odds of binary units and of the states of a group, precision × mean of real ones; D numbers. */
  readonly linear: Float64Array
  /** Of real units: D numbers, or the matrix (D, D), row after row; 0 for others. */
  readonly precision: Float64Array
  /** Beyond these bounds a real unit has no density; D numbers each, ∓∞ where there is none. */
  readonly lower: Float64Array
  readonly upper: Float64Array
}

/**
 * All methods throw a TypeError for what is no Float32Array and for a product that was released, and a RangeError for a
 * wrong length and for values that a group cannot have, naming what was expected and what came. A refused row changes nothing.
 */
export interface Product {
  /** Name of the family, as in `--experts`. */
  readonly family: string
  /** D, the number of values of a row. */
  readonly width: number
  /** The visible layer, in row order. */
  readonly visible: readonly VisibleGroup[]
  /** Every option with its default filled in. */
  readonly options: Readonly<FamilyOptions>

  /**
   * Set the data-dependent starting point (biases, offsets, chains) from B rows, before the first `learnOne`.
   * Optional for the caller; learning without it starts from neutral biases.
   */
  initialise(rows: Rows): void
  /** −Σ_m log g_m(row), in nats, up to log Z. Pure: no state changes. */
  freeEnergy(row: Row): number
  /** One contrastive-divergence update from one row. */
  learnOne(row: Row): void
  /**
   * Take notice of a row that is not to be learned, as one that is protected against: what is normal does not change,
   * running statistics of scale do, in families that have them. `learnOne` does the same before it learns.
   */
  notice(row: Row): void
  /**
   * The same updates as `learnOne` on each row in turn, in one call: the same parameters, bit for bit. Where CD-1 of the
   * Boltzmann machine takes one sweep over its weights a row, the same draws, and parameters up to the rounding of sums.
   */
  learnMany(rows: Rows): void
  /** `freeEnergy` of each row; B numbers. */
  freeEnergies(rows: Rows): Float32Array
  /**
   * −log p(x_g | x_−g) for each visible group, in nats; G numbers, NaN where the group is missing. Pure. For real units,
   * whose density a family may not be able to normalise, relative to the likeliest value: −log p(x_g | x_−g) / max p.
   */
  surprise(row: Row): Float32Array
  /**
   * p(x_g | x_−g) for one visible group: `size` numbers for softmax, indices and tokens, one for a bernoulli unit. For a
   * real unit the number that the others suggest. Pure. `group` counts as in `surprise`.
   */
  conditional(row: Row, group: number): Float32Array
  /**
   * Mean-field denoising: `steps` times up and down; missing groups are filled. D numbers. Pure. Sparse groups come out
   * with their likeliest state.
   */
  reconstruct(row: Row, steps?: number): Float32Array
  /** Features: posterior probabilities of the hidden units; H numbers. Pure. */
  transformOne(row: Row): Float32Array
  /**
   * `count` × D values from Gibbs chains after `sweeps` full sweeps. Does not disturb learning: its generator is one of its
   * own, the last of the tensor `random`.
   */
  sample(count: number, sweeps: number): Float32Array
  /**
   * Move chains, in place, from temperature to temperature, the first being where they are: to each log-weight is added
   * log p*_next − log p*_last of the visible vector, and then a Gibbs sweep at the next one is taken. Pure but for the
   * chains. Only in families whose partition function can be estimated so: see `estimateLogPartition`.
   */
  anneal?(chains: AnnealedChains, temperatures: Float64Array): void

  /**
   * The parts of an update, which a product of several families is put together from; absent where a family has none.
   * Rows are complete, but for the row of `learnPair`. `random` is the state of a generator, 16 words, and moves on;
   * the product keeps nothing of it.
   */
  /** Move B states, in place, by full sweeps of the transition that learning uses, under the parameters that score. */
  readonly walk?: ((states: Rows, sweeps: number, random: Uint32Array) => void) | undefined
  /**
   * One update with this reconstruction instead of one of its own: Δθ ∝ ∂f(row) − ∂f(reconstruction). What the row lacks
   * is left out of both.
   */
  readonly learnPair?: ((row: Row, reconstruction: Row) => void) | undefined
  /** Draw the latent variables given `state`, and add what they say about visible values to `natural`. */
  readonly addConditional?:
    | ((state: Row, natural: NaturalParameters, random: Uint32Array) => void)
    | undefined
  /** Does what its latent variables say couple visible values, so that `addConditional` needs the matrix? */
  readonly couples?: boolean | undefined
  /** ∂F/∂v, in nats per unit of v; D numbers. Of real units. Pure. */
  readonly gradient?: ((row: Row) => Float32Array) | undefined
  /**
   * In families that score with averages of their parameters: answer, all products of the family and until told otherwise,
   * under the parameters that learn. A reconstruction that is learned from has to be theirs: that of averages lags behind
   * what it is to correct.
   */
  readonly live?: ((on: boolean) => void) | undefined

  /**
   * The mean of the visible values given the hidden units, D numbers, from H numbers such as `transformOne` gives: the way
   * down of a stack. Pure. In families whose features can be the row of another product.
   */
  readonly descend?: ((features: Float32Array) => Float32Array) | undefined

  /** A copy of all state by name. */
  tensors(): Tensors
  /** Put back what `tensors` gave. Refuses other names and shapes with both values. */
  restore(tensors: Tensors): void
  /** Give the model's memory back to the arena. The product cannot be used afterwards. */
  release(): void
}

/** A kernel: a compiled module, the bytes of one, or its bytes in hexadecimal, as they are embedded. */
export type KernelSource = WebAssembly.Module | BufferSource | string

/**
 * Which WebAssembly runs products, by the names of families; those that are not named run what is embedded, plain SIMD
 * with the same bits everywhere. For runtimes that refuse to compile while they run, and for `veto/relaxed`. Not part of
 * a model: the same model file may be read with another choice.
 */
export type Kernels = Readonly<Record<string, KernelSource>>

/** A family of experts: how fields are laid out for it and how a product of it is made. */
export interface Family {
  readonly name: string
  /** The kinds of visible groups that the family has units for. */
  readonly units: readonly VisibleGroup['kind'][]
  /** Names of its options. */
  readonly optionNames: readonly string[]
  /** Refuse options, and groups if there are any, that `create` would refuse: a TypeError or a RangeError. */
  checkOptions(options: Readonly<FamilyOptions>, visible?: readonly VisibleGroup[]): void
  /** The encodings for each kind of field that the family models: one group each. A kind that is absent is left out. */
  readonly encodings: Readonly<Partial<Record<FieldKind, Encoding | readonly Encoding[]>>>
  /** Other encodings that it has units for, by the kind of field: what may be chosen in their place. */
  readonly alternatives?: Readonly<Partial<Record<FieldKind, readonly Encoding[]>>>
  /**
   * What free energies are compared with: those of a reservoir of recent rows under the parameters of now, for families
   * whose log Z moves while they learn (the default), or those that recent records had when they came.
   */
  readonly relativeTo?: 'reservoir' | 'past'
  /** Does it remember single rows, each of which makes everything near it normal? Rare ones are mostly kept from it. */
  readonly remembersRows?: boolean
  /** Is the free energy of a row with gaps that of the row filled in? Otherwise gaps are left out of every sum. */
  readonly fillsGaps?: boolean
  /** Options for streams of records, where they differ from the defaults for density work. */
  readonly streamOptions: Readonly<FamilyOptions>
  /** Options for one of many models, over those for streams: what makes it small. */
  readonly lightOptions?: Readonly<FamilyOptions>
  /**
   * Refuse, with a RangeError, tensors that are smaller than those of such a product are: a file that names large sizes
   * has to be large itself before any memory is taken for it.
   */
  checkSize(visible: readonly VisibleGroup[], options: FamilyOptions, tensors: Tensors): void
  /** `blank`: nothing is asked of the product before `restore`, so that it need not be given a starting point. */
  create(
    visible: readonly VisibleGroup[],
    options?: FamilyOptions,
    kernels?: Kernels,
    blank?: boolean,
  ): Product
  /** What goes on with the checksum of a model file, from a sum over what came before; in the family's kernel. */
  checksum(kernels?: Kernels): (sum: number, bytes: Uint8Array) => number
}
