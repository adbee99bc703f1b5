/** Everyone who takes part: this project's detector, rivals re-implemented from their papers, scikit-learn's own. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Detector } from '../../pipeline/index.ts'
import { peers } from '../peers/detectors/index.ts'
import type { LabelledSet, Matrix } from './labelled-set.ts'
import type { Spoiler } from './spoil.ts'

/** One pass over one set. */
export interface Entry {
  readonly set: LabelledSet
  readonly seed: number
  readonly spoiler: Spoiler | undefined
  /** For those who take rows of numbers only; made once for all of them. */
  matrix(): Promise<Matrix>
}

export interface Judged {
  /** One a record, higher = more anomalous; NaN for none. */
  readonly scores: Float64Array
  /** 1 for an anomaly. */
  readonly anomalies: Uint8Array
}

export interface Contestant {
  readonly name: string
  judge(entry: Entry): Promise<Judged>
}

/** @param experts a family in place of the default */
export const veto = (experts?: string): Contestant => ({
  name: experts === undefined ? 'Veto' : `Veto ${experts}`,
  judge: ({ set, seed, spoiler }) =>
    set.pass(label => new Detector({ seed, experts, ignore: [label], why: 0 }), spoiler?.change(seed)),
})

/** A rival that takes rows of numbers. */
function rival(
  name: string,
  scores: (rows: readonly Float64Array[], seed: number) => Float64Array,
): Contestant {
  return {
    name,
    async judge({ seed, matrix }) {
      const { rows, anomalies } = await matrix()
      return { scores: scores(rows, seed), anomalies }
    },
  }
}

/** @param python a Python that may have scikit-learn */
export function rivals(python: string): Contestant[] {
  const own = peers.map(peer => rival(peer.name, (rows, seed) => peer.scores(rows, seed)))
  const { status } = spawnSync(python, ['-c', 'import sklearn'])
  if (status !== 0) return own
  const theirs = ['IsolationForest', 'LocalOutlierFactor'].map(method =>
    rival(`scikit-learn ${method}`, (rows, seed) => inPython(python, method, rows, seed)),
  )
  return [...own, ...theirs]
}

const script = fileURLToPath(new URL('../peers/sklearn_detectors.py', import.meta.url))

/** Scores from a process of its own, through files of float64 in native byte order. */
function inPython(python: string, method: string, rows: readonly Float64Array[], seed: number): Float64Array {
  const folder = mkdtempSync(join(tmpdir(), 'veto-detection-'))
  try {
    const file = join(folder, 'matrix')
    writeFileSync(
      file,
      Buffer.concat(rows.map(row => new Uint8Array(row.buffer, row.byteOffset, row.byteLength))),
    )
    const fields = String(rows[0]?.length ?? 1)
    const { status, stderr } = spawnSync(python, [script, method, fields, String(seed), file], {
      encoding: 'utf8',
      env: { ...process.env, OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1' },
    })
    if (status !== 0) throw new Error(`Expected scores of ${method}, but it ended with ${status}: ${stderr}`)
    const bytes = readFileSync(file)
    return new Float64Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length))
  } finally {
    rmSync(folder, { recursive: true })
  }
}
