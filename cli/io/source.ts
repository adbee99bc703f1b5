/** Where records come from: a file, or standard input. */
import { createReadStream, statSync } from 'node:fs'
import type { Readable } from 'node:stream'
import { InputError } from './errors.ts'

export interface Source {
  /** '' for standard input. */
  readonly name: string
  /** Bytes in all; undefined when that cannot be known. */
  readonly size: number | undefined
  readonly stream: Readable
}

/** Open `path`; '-' or nothing is standard input. Throws an InputError when there is no such file. */
export function openSource(path: string | undefined): Source {
  if (path === undefined || path === '-') return { name: '', size: undefined, stream: process.stdin }
  const status = statSync(path, { throwIfNoEntry: false })
  if (!status) throw new InputError(`Expected a file to read, found none at ${path}.`)
  if (status.isDirectory()) throw new InputError(`Expected a file to read, got the directory ${path}.`)
  const size = status.isFile() ? status.size : undefined
  return { name: path, size, stream: createReadStream(path) }
}
