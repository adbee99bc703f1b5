/** Digits in files of text: what the U.S. Postal Service scanned (16 × 16), and those of the UCI repository (8 × 8). */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import type { Images } from './images.ts'

const table = (file: string, between: RegExp) =>
  gunzipSync(readFileSync(file))
    .toString()
    .trim()
    .split('\n')
    .map(line => line.trim().split(between).map(Number))

/** `zip.train.gz` or `zip.test.gz`: a class and 256 greys from −1 to 1 in a line (Hastie, Tibshirani and Friedman 2009). */
function zipCodes(file: string): Images {
  const rows = table(file, / +/)
  return {
    width: 16,
    height: 16,
    pixels: Float32Array.from(rows.flatMap(([, ...greys]) => greys.map(grey => (grey + 1) / 2))),
    labels: Uint8Array.from(rows, ([label]) => label),
  }
}

/** 7,291 digits to learn from, and 2,007 that are harder. `folder` has `usps/zip.train.gz` and `usps/zip.test.gz`. */
export const usps = (folder: string): { readonly train: Images; readonly test: Images } => ({
  train: zipCodes(join(folder, 'usps', 'zip.train.gz')),
  test: zipCodes(join(folder, 'usps', 'zip.test.gz')),
})

/** 1,797 digits of the UCI repository, greys in sixteenths: `digits.csv.gz` in `folder`, 64 greys and the class in a line. */
export function opticalDigits(folder: string): Images {
  const rows = table(join(folder, 'digits.csv.gz'), /,/)
  return {
    width: 8,
    height: 8,
    pixels: Float32Array.from(rows.flatMap(row => row.slice(0, 64).map(grey => grey / 16))),
    labels: Uint8Array.from(rows, row => row[64]),
  }
}
