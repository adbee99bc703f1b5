/** NDJSON as the command line reads and writes it: with its flags as remedies, and from a place that was kept. */
import { MAX_DEPTH } from '../../pipeline/json-depth.ts'
import { ndjsonReader } from '../../pipeline/ndjson/reader.ts'
import { ndjsonWriter } from '../../pipeline/ndjson/writer.ts'
import type { Intake, Reader, ReaderStart, Remark } from './entry.ts'
import { endState, lineLimit, lineStart } from './lines.ts'
import type { Writer } from './writer.ts'

/**
 * @param limit bytes of the longest line
 * @param depth objects and arrays within each other, at most
 * @param start where a stream is gone on with
 */
export function readNdjson(intake: Intake, limit: number, depth = MAX_DEPTH, start?: ReaderStart): Reader {
  const limits = { line: lineLimit(limit), depth: { most: depth, remedy: '--max-depth allows more' } }
  const reader = ndjsonReader(intake, limits, lineStart(start))
  return {
    push: chunk => reader.push(chunk),
    end: () => reader.end(),
    unread: () => reader.unread(),
    get line() {
      return reader.line
    },
    state: () => ({ format: 'ndjson', ...endState(reader) }),
  }
}

/** @param key the name of the added key */
export function writeNdjson(key: string, remark: (remark: Remark) => void): Writer {
  const writer = ndjsonWriter(key, ({ line }, name) => {
    const message = `expected records without the key '${key}', got one that has it; writing under '${name}' (--as KEY chooses another)`
    remark({ key: 'taken', line, message })
  })
  return { header: () => '', write: (entry, answer) => writer.write(entry, answer) }
}
