/** Streams of records with everything in them that a record can hold, the same in every engine. */
import { Draws } from './draws.ts'

type Fields = Record<string, unknown>

const users = ['ana', 'bo', 'chen', 'dörte', 'emeka', 'fátima', 'γιάννης', 'ひろし']
const verbs = ['accepted', 'refused', 'closed', 'opened', 'RETRIED', 'Überprüft', 'получен', '接続']
const extremes = [1e300, -1e300, 5e-324, 1e-300, -0, 2 ** 53, 1e21, -123456789012345680000, 0.1 + 0.2]
const unusual = [
  null,
  undefined,
  '',
  Number.NaN,
  Number.POSITIVE_INFINITY,
  'n/a',
  [1, 2],
  { a: 1 },
  true,
  '1e3',
]

/** A line of a log: words of many scripts, numbers, addresses, hashes. */
function message(draws: Draws): string {
  const address = `10.0.${draws.below(4)}.${draws.below(256)}:${1024 + draws.below(60000)}`
  const hash = draws
    .below(2 ** 32)
    .toString(16)
    .padStart(8, '0')
  const word = draws.oneIn(9) ? `neu${draws.below(1000)}` : draws.pick(verbs)
  return `connection ${word} by ${draws.pick(users)} from ${address}, request ${hash} took ${draws.below(90)}ms 🙂`
}

/** A time of the day and a day of the week, in the spellings that are understood. */
function timestamp(draws: Draws, n: number): unknown {
  const minutes = n * 7 + draws.below(5)
  const hour = String(Math.floor(minutes / 60) % 24).padStart(2, '0')
  const minute = String(minutes % 60).padStart(2, '0')
  const day = String(1 + (Math.floor(minutes / 1440) % 28)).padStart(2, '0')
  return draws.pick([
    `2026-03-${day}T${hour}:${minute}:07.123456Z`,
    `2026-03-${day} ${hour}:${minute}:59+05:30`,
    `${day}/Mar/2026:${hour}:${minute}:00 +0100`,
    `Mar ${day} ${hour}:${minute}:01`,
  ])
}

/** Numbers, categories, booleans, times, texts, gaps, and now and then something that belongs nowhere. */
export function* mixedRecords(count: number, seed: number): Generator<Fields> {
  const draws = new Draws(seed)
  for (let n = 0; n < count; n++) {
    const load = 20 + 6 * draws.bell()
    const record: Fields = {
      load,
      latency: Math.round(3 * load + 4 * draws.bell()),
      share: draws.below(1025) / 1024,
      tiny: (1 + draws.uniform()) * 2 ** -1000,
      spelled: String(draws.below(400) / 8),
      status: draws.oneIn(30) ? 404 : draws.oneIn(90) ? 500 : 200,
      user: draws.pick(users),
      session: `s${draws.below(700)}`,
      region: load > 21 ? 'north' : draws.pick(['north', 'south', 'Ост']),
      cached: load > 19,
      seen: timestamp(draws, n),
      message: message(draws),
    }
    for (const field of Object.keys(record)) if (draws.oneIn(40)) delete record[field]
    if (draws.oneIn(25)) record[draws.pick(['load', 'latency', 'tiny'])] = draws.pick(extremes)
    if (draws.oneIn(25)) record[draws.pick(Object.keys(record))] = draws.pick(unusual)
    if (n > 900 && draws.oneIn(50)) record.late = draws.below(10)
    yield record
  }
}

/** Hosts with loads of their own, some of them seen once. */
export function* keyedRecords(count: number, seed: number): Generator<Fields> {
  const draws = new Draws(seed)
  for (let n = 0; n < count; n++) {
    const host = draws.oneIn(60) ? `guest ${draws.below(40)}` : `web-${draws.below(6)}`
    const level = host.charCodeAt(host.length - 1) & 7
    const record: Fields = {
      host,
      load: 10 * level + draws.bell(),
      queue: 100 - 9 * level + draws.below(5),
      mode: draws.oneIn(5) ? 'batch' : `mode ${level % 3}`,
    }
    if (draws.oneIn(30)) delete record.host
    if (draws.oneIn(50)) record.load = draws.pick(extremes)
    yield record
  }
}

/** A burst of anomalies, and later numbers that move away for good. */
export function* movingRecords(count: number, seed: number): Generator<Fields> {
  const draws = new Draws(seed)
  for (let n = 0; n < count; n++) {
    const burst = n >= 400 && n < 440
    const moved = n > count / 2 ? 1e6 : 0
    yield {
      a: moved + 50 + 5 * draws.bell() + (burst ? 4000 : 0),
      b: draws.bell() * 1e-9 + (burst ? 1 : 0),
      c: draws.pick(['x', 'y', 'z']) + (burst ? '!' : ''),
    }
  }
}
