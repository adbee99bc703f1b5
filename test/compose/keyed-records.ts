/** A seeded stream of many keys, each with numbers and a category of its own; some records are those of another key. */
import { Random } from '../../pipeline/random.ts'

export interface Keyed {
  readonly record: Readonly<Record<string, unknown>>
  readonly key: string
  /** Is it a record that another key would have? */
  readonly foreign: boolean
}

const NUMBERS = 4

/** Normal deviates by the sum of twelve uniform ones. */
const normal = (random: Random) =>
  Array.from({ length: 12 }, () => random.uniform()).reduce((a, b) => a + b, -6)

/** `share`: of foreign records. */
export function keyedRecords(keys: number, count: number, seed: number, share = 0.02): Keyed[] {
  const random = new Random(seed)
  const centres = Array.from({ length: keys }, () =>
    Array.from({ length: NUMBERS }, () => 5 * normal(random)),
  )
  return Array.from({ length: count }, () => {
    const own = Math.floor(random.uniform() * keys)
    const foreign = random.uniform() < share
    const from = foreign ? (own + 1 + Math.floor(random.uniform() * (keys - 1))) % keys : own
    const numbers = centres[from].map(centre => Number((centre + 0.5 * normal(random)).toFixed(3)))
    const key = `host-${own}`
    const record = {
      host: key,
      a: numbers[0],
      b: numbers[1],
      c: numbers[2],
      d: numbers[3],
      zone: `z${from % 5}`,
    }
    return { record, key, foreign }
  })
}
