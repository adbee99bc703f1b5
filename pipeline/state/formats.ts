/** What the files of Veto are, by the `format` of their metadata, so that one in the wrong place is told what it is. */
import { ModelFileError } from '../errors.ts'
import { refuse } from './json.ts'

/** What is in a file of that format, and who reads it. */
const formats = new Map([
  ['veto', { content: 'a detector', reader: 'Detector.load' }],
  ['veto-stack', { content: 'a stack', reader: 'Stack.load' }],
  ['veto-classifier', { content: 'a classifier', reader: 'Classifier.load' }],
  ['veto-network', { content: 'a network', reader: 'Network.load' }],
])

/**
 * Refuse files of another format than the one expected.
 * @throws ModelFileError, which says of a file that Veto wrote what loads it
 */
export function checkFormat(format: string | undefined, expected: string): void {
  if (format === expected) return
  const known = formats.get(format ?? '')
  const told = format === undefined ? 'none' : JSON.stringify(format.slice(0, 40))
  if (!known) refuse(`format '${expected}' in its metadata`, told)
  throw new ModelFileError(
    `Expected a model file with format '${expected}' in its metadata, got ${told}, the file of ${known.content}; load it ` +
      `with ${known.reader} of the library.`,
  )
}
