/** Which layers and classes a network may have. */
import { show } from '../errors.ts'
import { isLabel, MOST_CLASSES } from './classifier-options.ts'

const MOST_LAYERS = 64
const MOST_UNITS = 2 ** 20

/** @throws TypeError and RangeError for a width, and options `hidden` and `classes`, of which no network can be made */
export function checkLayers(width: unknown, options: unknown): void {
  if (typeof options !== 'object' || options === null)
    throw new TypeError(
      `Expected options of a network, such as { hidden: [100], classes: ['a', 'b'] }, got ${show(options)}.`,
    )
  const { hidden, classes } = options as Readonly<Record<string, unknown>>
  checkClasses(classes)
  if (!Array.isArray(hidden))
    throw new TypeError(
      `Expected hidden as a list of the units of each layer, such as [100], or [] for none, got ${show(hidden)}.`,
    )
  checkSizes([width, ...hidden])
}

function checkClasses(classes: unknown): void {
  if (!Array.isArray(classes) || !classes.every(isLabel))
    throw new TypeError(`Expected classes as a list of texts or finite numbers, got ${show(classes)}.`)
  if (new Set(classes).size === classes.length && classes.length >= 2 && classes.length <= MOST_CLASSES)
    return
  throw new RangeError(`Expected 2 to ${MOST_CLASSES} different classes, got ${classes.length}.`)
}

function checkSizes(sizes: readonly unknown[]): void {
  const isSize = (size: unknown) => Number.isInteger(size) && Number(size) >= 1 && Number(size) <= MOST_UNITS
  if (sizes.every(isSize) && sizes.length <= MOST_LAYERS) return
  throw new RangeError(
    `Expected up to ${MOST_LAYERS} layers of 1 to ${MOST_UNITS} units, got ${sizes.map(show).join(', ')}.`,
  )
}
