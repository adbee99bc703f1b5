/** The command lines that are killed. A capability that has to survive gets a line here. */
import type { Form } from './stream.ts'

export interface Variant {
  readonly name: string
  readonly command: 'score' | 'learn' | 'denoise'
  readonly form: Form
  /** Flags beside those for model, output, resuming and checkpoints. */
  readonly flags: readonly string[]
  /** A file that is complete, or one that another process appends to, and renames or copies and truncates meanwhile. */
  readonly source: 'file' | 'renamed' | 'copied'
  /** One model in a file, or a folder of them. */
  readonly model: 'file' | 'folder'
  /** Of all kills and records, this share. */
  readonly share: number
}

/** So little holds some of the forty keys of the stream: the others come and go. */
const KEYS = ['--key', 'host', '--memory', '512K']

const plain = { command: 'score', form: 'ndjson', flags: [], source: 'file', model: 'file' } as const

export const variants: readonly Variant[] = [
  { ...plain, name: 'NDJSON', share: 1 },
  { ...plain, name: 'CSV', form: 'csv', share: 0.15 },
  { ...plain, name: 'gzip', form: 'gzip', share: 0.15 },
  { ...plain, name: 'follow', source: 'renamed', share: 0.15 },
  { ...plain, name: 'follow, copied', source: 'copied', share: 0.15 },
  { ...plain, name: 'denoise', command: 'denoise', share: 0.1 },
  { ...plain, name: 'keys', flags: KEYS, model: 'folder', share: 0.15 },
  { ...plain, name: 'keys, workers', flags: [...KEYS, '--workers', '2'], model: 'folder', share: 0.15 },
]

/** What disks are filled and checkpoints damaged with. */
export const plainVariant = (name: string): Variant => ({ ...plain, name, share: 1 })
