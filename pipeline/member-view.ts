/** A member of a model, for those who only look: which product sees a record, as which row. */
import { energyOf } from './energy.ts'
import type { Product, Row, Rows } from './experts/product.ts'
import type { Member } from './member.ts'
import type { DataRecord } from './records.ts'

export interface MemberView {
  /** To be asked; what it learns is the detector's to say. */
  readonly product: Product
  readonly weight: number
  /** Has its learning diverged, so that it no longer counts? */
  readonly isMuted: boolean
  /** The name of the field that each of its G groups is of, as `surprise` counts them. */
  readonly groups: readonly string[]
  /** The row that a record is for the product, NaN where a field is missing. A new array. */
  rowOf(record: DataRecord): Row
  /**
   * Free energy of a record as it is scored, in nats: gaps filled in, and what values far beyond their range cost besides.
   * NaN when the parameters are beyond use.
   */
  energyOf(record: DataRecord): number
  /** Free energies, under the parameters of now, of up to 256 records that were learned lately; null in families that keep none. */
  recentEnergies(): Float64Array | null
}

export function viewOf(member: Member): MemberView {
  const { encoder, product, weight, isMuted } = member
  const workspace = encoder.workspace()
  const scratch = new Float32Array(encoder.width)
  const energy = (row: Row, tail: number) => energyOf(product, row, !row.includes(Number.NaN), scratch) + tail
  return {
    product,
    weight,
    isMuted,
    groups: encoder.fields.map(({ name }) => name),
    rowOf(record) {
      encoder.encode(record, workspace)
      return workspace.row.slice()
    },
    energyOf(record) {
      encoder.encode(record, workspace)
      return energy(workspace.row, workspace.tail)
    },
    recentEnergies() {
      const { reference } = member.state()
      if (!reference) return null
      return reference.tails.map((tail, n) => energy(rowAt(reference.rows, n, encoder.width), tail))
    },
  }
}

const rowAt = (rows: Rows, n: number, width: number): Row => rows.subarray(n * width, (n + 1) * width)
