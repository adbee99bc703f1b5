/**
 * Products of prototype experts in float64, by definition. What a model has learned comes from its tensors; every
 * formula is written out here.
 */
import type { FamilyOptions, Tensors } from '../../pipeline/experts/product.ts'

/** One expert: the fields that it looks at, and centres with a value for each of those. */
interface Expert {
  readonly view: number
  readonly fields: readonly number[]
  readonly centres: number[][]
}

/** Values seen, their mean and sum of squares about it. */
interface Moments {
  readonly count: number
  readonly mean: number
  readonly squares: number
}

export interface Prototypes {
  readonly width: number
  readonly experts: readonly Expert[]
  readonly moments: readonly Moments[]
  /** 1 / s by view and field; 0 for a constant field. */
  readonly inverse: readonly (readonly number[])[]
}

const range = (count: number) => Array.from({ length: count }, (_, index) => index)
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length

/** The model that a product's tensors describe. */
export function prototypesOf(tensors: Tensors, options: Readonly<FamilyOptions>): Prototypes {
  const [views, width] = tensors.scales.shape
  const scales = tensors.scales.data
  const moments = tensors.moments.data
  const [lines, room] = tensors['experts.centres'].shape
  const looked = lines / Number(options.experts)
  const values = tensors['experts.centres'].data
  const experts = range(Number(options.experts)).map(e => ({
    view: e % views,
    fields: range(looked).map(k => tensors['experts.fields']?.data[e * looked + k] ?? k),
    centres: range(tensors['experts.counts'].data[e]).map(j =>
      range(looked).map(k => values[(e * looked + k) * room + j]),
    ),
  }))
  return {
    width,
    experts,
    moments: range(width).map(f => ({
      count: moments[f],
      mean: moments[width + f],
      squares: moments[2 * width + f],
    })),
    inverse: range(views).map(view => range(width).map(f => scales[view * width + f])),
  }
}

/** ρ(a) = b (2|a| − b), b = min(|a|, 2). */
export function rho(a: number): number {
  const b = Math.min(Math.abs(a), 2)
  return b * (2 * Math.abs(a) - b)
}

/** 1 / s of a field for a value: one that is new to a constant field is √(n + 1) away from it. */
function inverseFor(model: Prototypes, view: number, field: number, x: number): number {
  const inverse = model.inverse[view][field]
  if (inverse > 0) return inverse
  const { count, mean } = model.moments[field]
  return count === 0 || x === mean ? 0 : Math.sqrt(count + 1) / Math.abs(x - mean)
}

/** d(x, μ) over the present fields, without those left out. */
function distance(
  model: Prototypes,
  expert: Expert,
  centre: readonly number[],
  x: readonly number[],
  out = -1,
) {
  let sum = 0
  for (const [k, f] of expert.fields.entries()) {
    if (f === out || Number.isNaN(x[f])) continue
    sum += rho((x[f] - centre[k]) * inverseFor(model, expert.view, f, x[f]))
  }
  return sum
}

const distances = (model: Prototypes, expert: Expert, x: readonly number[], out?: number) =>
  expert.centres.map(centre => distance(model, expert, centre, x, out))

/** The number of the nearest centre, the first of equals. */
function winner(model: Prototypes, expert: Expert, x: readonly number[], out?: number): number {
  const all = distances(model, expert, x, out)
  return all.indexOf(Math.min(...all))
}

/** What the experts suggest for a field: the upper median over those that look at it. */
export function conditional(model: Prototypes, x: readonly number[], field: number): number {
  const suggestions = model.experts
    .filter(({ fields, centres }) => centres.length > 0 && fields.includes(field))
    .map(expert => expert.centres[winner(model, expert, x, field)][expert.fields.indexOf(field)])
    .sort((a, b) => a - b)
  return suggestions.length > 0 ? suggestions[suggestions.length >> 1] : model.moments[field].mean
}

/** The row with what it lacks filled in. */
export const completed = (model: Prototypes, x: readonly number[]) =>
  x.map((value, field) => (Number.isNaN(value) ? conditional(model, x, field) : value))

const used = (model: Prototypes) => model.experts.filter(({ centres }) => centres.length > 0)
const halfLog = (expert: Expert, distance: number) => 0.5 * Math.log(1e-6 * expert.fields.length + distance)

/** −(1/E) Σ_e log g_e. */
export function freeEnergy(model: Prototypes, row: readonly number[]): number {
  const x = completed(model, row)
  const experts = used(model)
  if (experts.length === 0) return 0
  return mean(experts.map(expert => halfLog(expert, Math.min(...distances(model, expert, x)))))
}

/** F(x) less F with the field at its best, which is where it adds nothing to the distance of the centre that then wins. */
export function surprise(model: Prototypes, row: readonly number[]): number[] {
  const x = completed(model, row)
  const experts = used(model)
  return row.map((value, field) => {
    if (Number.isNaN(value)) return Number.NaN
    if (experts.length === 0) return 0
    return mean(
      experts.map(
        expert =>
          halfLog(expert, Math.min(...distances(model, expert, x))) -
          halfLog(expert, Math.min(...distances(model, expert, x, field))),
      ),
    )
  })
}

/** Every value replaced by what the others suggest, `steps` times. */
export function reconstruct(model: Prototypes, row: readonly number[], steps: number): number[] {
  let x = [...row]
  for (let step = 0; step < steps; step++) x = x.map((_, field) => conditional(model, x, field))
  return x
}

/** 1 at the winning centre of each expert, `room` values an expert. */
export function features(model: Prototypes, row: readonly number[], room: number): number[] {
  const x = completed(model, row)
  return model.experts.flatMap(expert => {
    const winning = expert.centres.length > 0 ? winner(model, expert, x) : -1
    return range(room).map(j => Number(j === winning))
  })
}

/** CD-1 on the centres: the winner goes to the row, then the winner at the reconstruction away from that. */
export function refined(model: Prototypes, row: readonly number[], rate: number): Prototypes {
  const x = completed(model, row)
  const experts = model.experts.map(expert => ({ ...expert, centres: expert.centres.map(each => [...each]) }))
  const winners = experts.map(expert => (expert.centres.length > 0 ? winner(model, expert, x) : -1))
  const reconstruction = range(model.width).map(field => {
    const values = experts
      .flatMap(({ fields, centres }, e) =>
        centres.length > 0 && fields.includes(field) ? [centres[winners[e]][fields.indexOf(field)]] : [],
      )
      .sort((a, b) => a - b)
    return values.length > 0 ? values[values.length >> 1] : model.moments[field].mean
  })
  for (const [e, expert] of experts.entries()) {
    if (expert.centres.length === 0) continue
    const move = (centre: number[], target: readonly number[], by: number) => {
      for (const [k, f] of expert.fields.entries()) centre[k] += by * (target[f] - centre[k])
    }
    move(expert.centres[winners[e]], x, rate)
    move(expert.centres[winner(model, expert, reconstruction)], reconstruction, -rate)
  }
  return { ...model, experts }
}

/**
 * 1 / s of both views from the values of a field, NaN where a row lacked it: of all rows (the standard deviation) and of
 * the learned ones (the mean difference of two, and whether the middle half differs).
 */
export function inverseScales(all: readonly number[], learned: readonly number[]): [number, number] {
  const there = all.filter(value => !Number.isNaN(value))
  const kept = learned.filter(value => !Number.isNaN(value)).sort((a, b) => a - b)
  const centre = mean(there)
  const deviation =
    there.length > 1
      ? Math.sqrt(there.reduce((sum, x) => sum + (x - centre) ** 2, 0) / (there.length - 1))
      : 0
  const at = (share: number) => kept[Math.floor(share * (kept.length - 1))]
  const robust =
    kept.length >= 4 && at(0.75) > at(0.25)
      ? Math.max(mean(kept.flatMap(x => kept.map(y => Math.abs(x - y)))) / 1.128, 0.3 * deviation)
      : deviation
  return [deviation, robust].map(scale => (scale > 0 ? 1 / scale : 0)) as [number, number]
}
