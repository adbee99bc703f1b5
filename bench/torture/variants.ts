/** The command lines that are killed. A capability that has to survive gets a line here. */
import type { Form } from './stream.ts'

export interface Variant {
  readonly name: string
  readonly command: 'score' | 'learn' | 'denoise'
  readonly form: Form
  /** Flags beside those for model, output, resuming and checkpoints. */
  readonly flags: readonly string[]
  /** A file that is complete, or one that another process appends to and renames meanwhile. */
  readonly source: 'file' | 'growing'
  /** Of all kills and records, this share. */
  readonly share: number
}

export const variants: readonly Variant[] = [
  { name: 'NDJSON', command: 'score', form: 'ndjson', flags: [], source: 'file', share: 1 },
  { name: 'CSV', command: 'score', form: 'csv', flags: [], source: 'file', share: 0.15 },
  { name: 'gzip', command: 'score', form: 'gzip', flags: [], source: 'file', share: 0.15 },
  { name: 'follow', command: 'score', form: 'ndjson', flags: [], source: 'growing', share: 0.15 },
  { name: 'denoise', command: 'denoise', form: 'ndjson', flags: [], source: 'file', share: 0.1 },
]
