/** Mutations of JSON as such: what comes out parses again, but for what is done to its text on purpose. */
import type { Choice } from './choose.ts'

const NAMES = [
  'a',
  'b',
  '',
  '__proto__',
  'constructor',
  'toString',
  'veto',
  'label',
  '\u001b[31m',
  '\ud800',
  '0',
]
const SCALARS: readonly unknown[] = [
  ...[null, true, false, 0, -0, 1, -1, 0.1, 1e308, -1e308, 5e-324, 2 ** 53, 1e21, 404, 1_700_000_000],
  ...['', ' ', 'a', 'true', '1e999', 'NaN', '-inf', '0x10', '2026-11-21T11:15:41Z', 'the cat sat on the mat'],
  ...['\u0000', '\u202e', '\ud83d', '"', '\\', '\n', 'x'.repeat(129), '9'.repeat(400), '__proto__'],
]

/** A value of a few kinds, nested now and then. */
export function anyValue(choice: Choice, depth = 3): unknown {
  if (depth === 0 || choice.chance(0.7)) return choice.of(SCALARS)
  const values = Array.from({ length: choice.below(4) }, () => anyValue(choice, depth - 1))
  return choice.chance(0.5) ? values : Object.fromEntries(values.map(value => [choice.of(NAMES), value]))
}

type Container = Record<string, unknown>

/** All objects and arrays within a value, itself included. */
function containers(value: unknown): Container[] {
  const found: Container[] = []
  const open = [value]
  for (let next = open.pop(); open.length > 0 || next !== undefined; next = open.pop()) {
    if (typeof next !== 'object' || next === null) continue
    found.push(next as Container)
    if (found.length === 64) break
    open.push(...Object.values(next))
  }
  return found
}

/** `constructor` and `__proto__` as members like any other. */
const set = (container: Container, name: string, value: unknown) =>
  Object.defineProperty(container, name, { value, configurable: true, enumerable: true, writable: true })

function changeOne(container: Container, choice: Choice): void {
  const names = Object.keys(container)
  const name = names.length > 0 ? choice.of(names) : choice.of(NAMES)
  if (Array.isArray(container)) {
    if (choice.chance(0.3)) container.splice(choice.below(container.length + 1), choice.below(2))
    else container[choice.below(container.length + 1)] = anyValue(choice)
    return
  }
  if (choice.chance(0.2)) delete container[name]
  else if (choice.chance(0.3)) set(container, choice.of(NAMES), container[name])
  else set(container, name, anyValue(choice))
}

/** What JSON is made of, to be put anywhere. */
export const jsonTokens: readonly string[] = [
  ...['{', '}', '[', ']', ':', ',', '"', '\\', ' ', '\n', '\ufeff'],
  ...['null', 'true', 'false', '1e999', '\\u0000', '\\ud800', '"__proto__":', '"constructor":'],
]

/** A JSON text with some of its members changed; undefined when it is none. */
export function mutatedJson(text: string, choice: Choice): string | undefined {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return undefined
  }
  const places = containers(value)
  if (places.length === 0) return JSON.stringify(anyValue(choice))
  for (let count = choice.few(4); count > 0; count--) changeOne(choice.of(places), choice)
  try {
    return JSON.stringify(value, null, choice.chance(0.1) ? choice.of([1, '\t', '\r']) : undefined)
  } catch {
    // A number in place of an array's length, or a value put into itself.
    return undefined
  }
}

/** Lines of JSON, one of them changed. */
export function mutatedLines(input: Buffer, choice: Choice): Buffer | undefined {
  const lines = input.toString('utf8').split('\n')
  const at = choice.below(lines.length)
  const line = mutatedJson(lines[at], choice)
  if (line === undefined) return undefined
  lines[at] = line.replaceAll('\n', ' ')
  if (choice.chance(0.3)) lines.push(...Array<string>(choice.few(20)).fill(lines[at]))
  return Buffer.from(lines.join('\n'))
}
