/** Where the stream stands, as whoever feeds the detector describes it: any JSON value, kept beside the model. */
import { show } from '../errors.ts'

/**
 * Of the position as JSON, in UTF-16 units: room for the header of a wide table, but a note on where to go on, and no
 * place for records.
 */
export const LONGEST_POSITION = 2 ** 24
/** Levels of objects and arrays, the outermost being the first. */
export const DEEPEST_POSITION = 32

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

function refuse(value: unknown): never {
  throw new TypeError(
    'Expected the position of a detector as JSON (texts, finite numbers, true, false, null, and arrays and plain ' +
      `objects of these), got ${show(value)}; set it to what JSON.parse could give.`,
  )
}

/** Refuse what JSON would change or leave out. Members that are undefined count as absent. */
function checkJson(value: unknown, depth: number): void {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return
  if (typeof value === 'number' && Number.isFinite(value)) return
  if (typeof value !== 'object' || !(Array.isArray(value) || isPlain(value))) refuse(value)
  if (depth === DEEPEST_POSITION) {
    throw new RangeError(
      `Expected the position of a detector with up to ${DEEPEST_POSITION} levels of objects and arrays, got more ` +
        'or an object within itself; keep it flat.',
    )
  }
  for (const member of Object.values(value)) {
    if (member !== undefined || Array.isArray(value)) checkJson(member, depth + 1)
  }
}

/**
 * The position as JSON; undefined when there is none.
 * @throws TypeError for what is no JSON value; RangeError for one that is too deep or longer than LONGEST_POSITION
 */
export function positionText(position: unknown): string | undefined {
  if (position === undefined) return undefined
  checkJson(position, 0)
  const text = JSON.stringify(position)
  if (text.length <= LONGEST_POSITION) return text
  throw new RangeError(
    `Expected the position of a detector in at most ${LONGEST_POSITION} characters of JSON, got ${text.length}; ` +
      'keep what is large elsewhere and its name here.',
  )
}
