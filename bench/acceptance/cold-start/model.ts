/** Models of twenty fields, and a record for each. */
import { uniforms } from '../../../fixtures/random.ts'
import { type DataRecord, Detector } from '../../../pipeline/index.ts'
import type { Start } from './stages.ts'

const LEARNED = 5000
const words =
  'connection timeout user login failed disk full retry backend started stopped request cache miss queue'

/** A normally distributed number, nearly. */
const normalOf = (uniform: () => number) => uniform() + uniform() + uniform() + uniform() - 2

/** Twenty readings with a common cause. */
function* readings(): Generator<Record<string, number>> {
  const uniform = uniforms(7)
  for (;;) {
    const cause = normalOf(uniform)
    yield Object.fromEntries(
      Array.from({ length: 20 }, (_, n) => [`number${n}`, n + cause * (n % 3) + normalOf(uniform)]),
    )
  }
}

/** Ten numbers, half of them spread over orders of magnitude, six categories, two booleans, a time, and a text. */
function* records(): Generator<Record<string, string | number | boolean>> {
  const uniform = uniforms(6)
  const below = (count: number) => Math.floor(uniform() * count)
  const normal = () => normalOf(uniform)
  const vocabulary = words.split(' ')
  for (let t = 0; ; t++) {
    const cause = normal()
    const numbers = Array.from({ length: 10 }, (_, n) => {
      const value = cause * (n % 3) + normal()
      return [`number${n}`, n < 5 ? 10 * n + value : 2 ** (value + n)]
    })
    const categories = Array.from({ length: 6 }, (_, n) => [`category${n}`, `state ${below(3 + 4 * n)}`])
    yield {
      ...Object.fromEntries([...numbers, ...categories]),
      secure: uniform() < 0.5,
      cached: cause > 1,
      at: new Date(1.7e12 + t * 60_000).toISOString(),
      message: `${Array.from({ length: 6 }, () => vocabulary[below(vocabulary.length)]).join(' ')} ${below(1000)}`,
    }
  }
}

/** What the models have learned, by what their fields are. */
export const sources = { 'numbers alone': readings, 'all kinds, free text among them': records } as const

export function startOf(fields: keyof typeof sources): Start & { readonly bytes: number } {
  const detector = new Detector()
  const source: Iterator<DataRecord> = sources[fields]()
  for (let n = 0; n < LEARNED; n++) detector.observe(source.next().value)
  const model = detector.save()
  const { experts } = detector
  detector.release()
  return {
    experts,
    model: Buffer.from(model).toString('base64'),
    record: source.next().value,
    bytes: model.length,
  }
}
