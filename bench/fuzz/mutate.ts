/** Mutations of bytes that know nothing about their format but a dictionary of its tokens. */
import type { Choice } from './choose.ts'

/** An input that grew beyond this is left at what it was, and none longer is kept: more of the same is only slower. */
export const LONGEST = 1 << 12
/** A part that is repeated makes an input of this length, rarely: what takes time by its square shows there. */
const BLOWN_UP = 1 << 16
const RARELY = 0.003

interface Context {
  readonly choice: Choice
  /** Another input, to take parts from. */
  readonly other: Buffer
  readonly tokens: readonly Buffer[]
}

type Mutation = (input: Buffer, context: Context) => Buffer

/** The input with `part` in place of the bytes from `start` to `end`. */
const replaced = (input: Buffer, start: number, end: number, part: Uint8Array) =>
  Buffer.concat([input.subarray(0, start), part, input.subarray(end)])

/** A piece of the input, a short one mostly. */
function piece(input: Buffer, choice: Choice): [start: number, end: number] {
  const start = choice.below(input.length + 1)
  return [start, Math.min(input.length, start + choice.few(Math.max(1, input.length - start)))]
}

const INTERESTING = [
  0, 1, 9, 10, 13, 32, 34, 39, 44, 48, 57, 58, 91, 92, 93, 123, 125, 127, 128, 192, 237, 255,
]

function flipBit(input: Buffer, { choice }: Context): Buffer {
  const copy = Buffer.from(input)
  if (copy.length > 0) copy[choice.below(copy.length)] ^= 1 << choice.below(8)
  return copy
}

function setByte(input: Buffer, { choice }: Context): Buffer {
  const copy = Buffer.from(input)
  if (copy.length > 0)
    copy[choice.below(copy.length)] = choice.chance(0.5) ? choice.of(INTERESTING) : choice.below(256)
  return copy
}

function insertToken(input: Buffer, { choice, tokens }: Context): Buffer {
  const at = choice.below(input.length + 1)
  return replaced(input, at, at, choice.of(tokens))
}

function replaceByToken(input: Buffer, { choice, tokens }: Context): Buffer {
  return replaced(input, ...piece(input, choice), choice.of(tokens))
}

const remove: Mutation = (input, { choice }) => replaced(input, ...piece(input, choice), Buffer.alloc(0))

const cut: Mutation = (input, { choice }) => input.subarray(0, choice.below(input.length + 1))

function duplicate(input: Buffer, { choice }: Context): Buffer {
  const [start, end] = piece(input, choice)
  const at = choice.chance(0.5) ? end : choice.below(input.length + 1)
  return replaced(input, at, at, input.subarray(start, end))
}

function splice(input: Buffer, { choice, other }: Context): Buffer {
  const [start, end] = piece(other, choice)
  return replaced(input, ...piece(input, choice), other.subarray(start, end))
}

/** The beginning of one input and the end of another. */
const cross: Mutation = (input, { choice, other }) =>
  Buffer.concat([
    input.subarray(0, choice.below(input.length + 1)),
    other.subarray(choice.below(other.length + 1)),
  ])

function repeat(input: Buffer, { choice, tokens }: Context): Buffer {
  const [start, end] = piece(input, choice)
  const part = choice.chance(0.5) ? choice.of(tokens) : input.subarray(start, Math.min(end, start + 64))
  const length = choice.chance(RARELY) ? BLOWN_UP : choice.few(LONGEST)
  return replaced(input, end, end, Buffer.alloc(part.length === 0 ? 0 : length, part))
}

const NUMBERS = [
  '0',
  '-0',
  '1',
  '-1',
  '1e308',
  '1e309',
  '-1e309',
  '5e-324',
  '1e-7',
  '0.1',
  '255',
  '4294967296',
]

/** A row of digits becomes another number. */
function changeNumber(input: Buffer, { choice }: Context): Buffer {
  const text = input.toString('latin1', 0, LONGEST)
  const numbers = [...text.matchAll(/\d+/g)]
  if (numbers.length === 0) return input
  const { index, 0: digits } = choice.of(numbers)
  const number = choice.chance(0.5) ? choice.of(NUMBERS) : String(Number(digits) + choice.few(16) - 8)
  return replaced(input, index, index + digits.length, Buffer.from(number))
}

const mutations: readonly Mutation[] = [
  ...[flipBit, setByte, insertToken, insertToken, replaceByToken, remove, cut],
  ...[duplicate, splice, cross, repeat, changeNumber],
]

/** The input after a few mutations. */
export function mutated(input: Buffer, context: Context): Buffer {
  let result = input
  for (let count = context.choice.few(6); count > 0; count--) {
    const next = context.choice.of(mutations)(result, context)
    if (next.length >= BLOWN_UP) return next
    if (next.length <= Math.max(LONGEST, input.length)) result = next
  }
  return result
}
