/** Checkpoints that are damaged: the one before is used, it is said so, and the output comes out the same. */
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { uniforms } from '../../fixtures/random.ts'
import type { Bar } from './bar.ts'
import { Case, endOf, type Places } from './case.ts'
import { failed, type Result } from './result.ts'
import { plainVariant } from './variants.ts'
import { lastWords, type Workshop } from './veto.ts'

const CHECKPOINT = 100
/** The share of the output after which it is killed, so that there are checkpoints to damage. */
const KILLED_AT = 0.5
/** What is running at the same time. */
const AT_ONCE = 2

interface Damage {
  readonly name: string
  damaged(bytes: Buffer): Buffer
}

/** The sections of a model file: where its header ends, and the tensors in the order of their bytes. */
function sectionsOf(bytes: Buffer) {
  const header = 8 + Number(bytes.readBigUInt64LE(0))
  const { __metadata__: _, ...tensors } = JSON.parse(bytes.subarray(8, header).toString())
  const ends = Object.values(tensors as Record<string, { data_offsets: [number, number] }>)
    .map(({ data_offsets: [, end] }) => header + end)
    .sort((a, b) => a - b)
  return { header, ends }
}

const cut = (name: string, length: (bytes: Buffer) => number): Damage => ({
  name: `cut to ${name}`,
  damaged: bytes => bytes.subarray(0, length(bytes)),
})

function flip(name: string, at: (bytes: Buffer) => number, bit = 0): Damage {
  const damaged = (bytes: Buffer) => {
    const copy = Buffer.from(bytes)
    copy[at(bytes)] ^= 1 << bit
    return copy
  }
  return { name: `a bit flipped in ${name}`, damaged }
}

/** One for each kind of place at which a file may end, and one for each kind of place in which a bit may flip. */
const damages: readonly Damage[] = [
  cut('0 bytes', () => 0),
  cut('1 byte', () => 1),
  cut('7 bytes, within the length of the header', () => 7),
  cut('8 bytes, where the header begins', () => 8),
  cut('half of the header', bytes => Math.floor(sectionsOf(bytes).header / 2)),
  cut('the header alone', bytes => sectionsOf(bytes).header),
  cut('a byte of the first tensor', bytes => sectionsOf(bytes).header + 1),
  cut('a boundary of tensors', bytes => sectionsOf(bytes).ends[0]),
  cut('half of the file', bytes => Math.floor(bytes.length / 2)),
  cut('all but the last tensor', bytes => sectionsOf(bytes).ends.findLast(end => end < bytes.length) ?? 0),
  cut('all but the last byte', bytes => bytes.length - 1),
  { name: 'a byte appended', damaged: bytes => Buffer.concat([bytes, Buffer.from([0])]) },
  { name: 'zeros from the middle on', damaged: bytes => Buffer.from(bytes).fill(0, bytes.length / 2) },
  flip('the length of the header', () => 0),
  flip('the length of the header, making it huge', () => 7),
  flip('the position', bytes => bytes.indexOf('"position"') + 20),
  flip('the checksum', bytes => bytes.indexOf('"checksum"') + 12),
  flip('the place of a tensor', bytes => bytes.indexOf('"data_offsets":[') + 16),
  flip('the first tensor', bytes => sectionsOf(bytes).header),
  flip('the middle', bytes => Math.floor(bytes.length / 2), 7),
  flip('the last byte', bytes => bytes.length - 1),
]

/** Bits anywhere, but for the version, which makes the file one of another version rather than a damaged one. */
function anywhere(count: number, seed: number): Damage[] {
  const uniform = uniforms(seed)
  return Array.from({ length: count }, (_, n) => {
    const share = uniform()
    const place = (bytes: Buffer) => {
      const version = bytes.indexOf('"version"')
      const at = Math.floor(share * bytes.length)
      return at >= version && at < version + 20 ? bytes.length - 1 : at
    }
    return flip(`byte ${n + 1} drawn at random`, place, Math.floor(8 * uniform()))
  })
}

/** A process that was killed in the middle, with two checkpoints behind it. */
async function interrupted(torture: Case): Promise<void> {
  const running = torture.resume(CHECKPOINT)
  const ending = endOf(running)
  let over = false
  ending.then(() => {
    over = true
  })
  for (;;) {
    const { got, expected } = torture.sizes()
    if (over || got >= KILLED_AT * expected) break
    await sleep(2)
  }
  running.child.kill('SIGKILL')
  const { code, messages } = await ending
  if (code !== null)
    throw new Error(`expected it to be killed, it ended with ${code}: ${lastWords(messages)}`)
}

/** A copy of what was there when the process was killed. */
function copied(torture: Case, name: string): Places & { output: string; model: string } {
  const folder = join(torture.folder, name)
  mkdirSync(folder)
  const [from, output] = [dirname(torture.model.got), join(folder, 'output')]
  for (const file of readdirSync(from)) copyFileSync(join(from, file), join(folder, file))
  copyFileSync(torture.output.got, output)
  return { output, model: join(folder, 'model') }
}

async function withDamage(torture: Case, damage: Damage, number: number): Promise<Result> {
  const places = copied(torture, String(number))
  writeFileSync(places.model, damage.damaged(readFileSync(places.model)))
  const { code, messages } = await endOf(torture.resume(CHECKPOINT, places))
  const problems: string[] = []
  if (code !== 0) problems.push(`it ended with ${code}: ${lastWords(messages)}`)
  if (!/previous/.test(messages))
    problems.push(`expected it to say that the previous one is used: ${lastWords(messages)}`)
  return { ...(await torture.outcome(problems, { places })), name: `checkpoint, ${damage.name}` }
}

/** Without a sound checkpoint there is nothing to go on from, and nothing may be touched. */
async function withBothDamaged(torture: Case): Promise<Result> {
  const places = copied(torture, 'both')
  const files = [places.model, `${places.model}.previous`]
  for (const file of files) writeFileSync(file, readFileSync(file).subarray(0, -1))
  const contents = () => [...files, places.output].map(file => readFileSync(file).toString('base64')).join()
  const before = contents()
  const { code, messages } = await endOf(torture.resume(CHECKPOINT, places))
  const problems: string[] = []
  if (code !== 4) problems.push(`expected it to end with 4, got ${code}: ${lastWords(messages)}`)
  if (contents() !== before) problems.push('expected all files to be as they were')
  const identical = problems.length === 0
  return { name: 'both checkpoints damaged', kills: 0, lost: 0, duplicated: 0, identical, problems }
}

/**
 * @param every of the kinds of damage that are listed one in so many
 * @param flips of single bits at random places, besides
 */
export async function damageCheckpoints(
  shop: Workshop,
  { records, seed, every, flips }: { records: number; seed: number; every: number; flips: number },
  bar: Bar,
): Promise<Result[]> {
  const torture = new Case(shop, plainVariant('damage'))
  await torture.prepare(records, seed)
  await interrupted(torture)
  const all = [...damages.filter((_, n) => n % every === 0), ...anywhere(flips, seed)]
  const jobs = [
    () => withBothDamaged(torture),
    ...all.map((damage, n) => () => withDamage(torture, damage, n)),
  ]
  const results: Result[] = []
  const worker = async () => {
    for (let job = jobs.shift(); job; job = jobs.shift()) {
      results.push(await job().catch(error => failed('checkpoint', error)))
      bar.update(results.length)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
  return results
}
